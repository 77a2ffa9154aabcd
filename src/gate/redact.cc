#include "gate/redact.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "base/invariant.h"
#include "gate/unescape.h"

namespace sluice::gate {

namespace {

constexpr std::size_t table_size = 1 << 13;

std::size_t key_of(char first, char second) {
  return ((static_cast<std::size_t>(static_cast<unsigned char>(first)) << 5U) ^
          static_cast<unsigned char>(second)) %
         table_size;
}

bool is_base64(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
         c == '-' || c == '_';
}

constexpr std::string_view base64_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
enum class Alphabet : std::uint8_t { standard, url };

char base64_digit(unsigned value, Alphabet alphabet) {
  if (value < base64_letters.size()) return base64_letters[value];
  const std::string_view rest = alphabet == Alphabet::standard ? "+/" : "-_";
  return rest[value - base64_letters.size()];
}

// The digits that depend on the secret alone when `before` bytes of something else stand before it.
WipedBytes base64_core(std::string_view secret, std::size_t before, Alphabet alphabet) {
  const std::size_t first_digit = (before * 8 + 5) / 6;
  const std::size_t end_digit = (before + secret.size()) * 8 / 6;
  WipedBytes digits;
  digits.reserve(end_digit - first_digit);
  for (std::size_t digit = first_digit; digit < end_digit; ++digit) {
    const std::size_t bit = digit * 6 - before * 8;
    const std::size_t byte = bit / 8;
    const unsigned high = static_cast<unsigned char>(secret[byte]);
    const unsigned low = byte + 1 < secret.size() ? static_cast<unsigned char>(secret[byte + 1]) : 0U;
    const unsigned value = (((high << 8U) | low) >> (10U - bit % 8)) & 63U;
    digits.push_back(base64_digit(value, alphabet));
  }
  return digits;
}

WipedBytes hexadecimal(std::string_view secret, std::string_view digits) {
  WipedBytes text;
  text.reserve(secret.size() * 2);
  for (const char c : secret) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(digits[byte >> 4U]);
    text.push_back(digits[byte & 15U]);
  }
  return text;
}

WipedBytes copy_of(std::string_view text) {
  return {text.begin(), text.end()};
}

// Layers of escapes that are undone: the outer one, then what it may have hidden.
struct Layers {
  Escape outer;
  std::span<const Escape> inner;
};
constexpr std::array in_json = {Escape::json, Escape::percent, Escape::html, Escape::lines};
constexpr std::array in_percent = {Escape::percent};
constexpr std::array<Layers, 4> layers = {{
    {Escape::json, in_json},
    {Escape::percent, in_percent},
    {Escape::html, {}},
    {Escape::lines, {}},
}};

}  // namespace

Redactor::Redactor(std::span<const Named> secrets) {
  for (const Named& secret : secrets) {
    invariant(secret.text->reveal().size() >= secret_bytes_min, "a secret too short to be cut");
    labels_.push_back("[secret:" + secret.name + "]");
    add_patterns(secret.text->reveal(), labels_.size() - 1);
  }
  index_patterns();
}

void Redactor::add_patterns(std::string_view secret, std::size_t index) {
  add_pattern({.bytes = copy_of(secret), .secret = index});
  if (secret.find(' ') != std::string_view::npos) {
    WipedBytes form = copy_of(secret);
    std::ranges::replace(form, ' ', '+');
    add_pattern({.bytes = std::move(form), .secret = index});
  }
  for (const std::string_view digits : {"0123456789abcdef", "0123456789ABCDEF"}) {
    add_pattern({.bytes = hexadecimal(secret, digits), .secret = index});
  }
  for (std::size_t before = 0; before < 3; ++before) {
    for (const Alphabet alphabet : {Alphabet::standard, Alphabet::url}) {
      add_pattern({.bytes = base64_core(secret, before, alphabet),
                   .secret = index,
                   .loose_before = before != 0,
                   .loose_after = (before + secret.size()) % 3 != 0});
    }
  }
}

void Redactor::add_pattern(Pattern pattern) {
  const bool known = std::ranges::any_of(patterns_, [&](const Pattern& other) {
    return other.secret == pattern.secret && other.bytes == pattern.bytes;
  });
  if (!known) patterns_.push_back(std::move(pattern));
}

void Redactor::index_patterns() {
  if (patterns_.empty()) return;
  window_ = std::ranges::min(patterns_, {}, [](const Pattern& p) { return p.bytes.size(); }).bytes.size();
  const std::size_t longest_shift = std::min<std::size_t>(window_ - 1, UINT8_MAX);
  shifts_.assign(table_size, static_cast<std::uint8_t>(longest_shift));
  std::vector<std::size_t> keys;
  for (const Pattern& pattern : patterns_) {
    const WipedBytes& bytes = pattern.bytes;
    for (std::size_t at = 1; at < window_; ++at) {
      std::uint8_t& shift = shifts_[key_of(bytes[at - 1], bytes[at])];
      shift = std::min(shift, static_cast<std::uint8_t>(std::min(window_ - 1 - at, longest_shift)));
    }
    keys.push_back(key_of(bytes[window_ - 2], bytes[window_ - 1]));
    buckets_.push_back(static_cast<std::uint32_t>(buckets_.size()));
  }
  std::ranges::sort(buckets_, {}, [&](std::uint32_t pattern) { return std::pair{keys[pattern], pattern}; });
  bucket_starts_.assign(table_size + 1, 0);
  for (const std::size_t key : keys) ++bucket_starts_[key + 1];
  std::partial_sum(bucket_starts_.begin(), bucket_starts_.end(), bucket_starts_.begin());
}

void Redactor::search(std::string_view text, std::vector<Range>& found) const {
  for (std::size_t last = window_ - 1; last < text.size();) {
    const std::size_t key = key_of(text[last - 1], text[last]);
    if (shifts_[key] > 0) {
      last += shifts_[key];
      continue;
    }
    const std::size_t begin = last + 1 - window_;
    for (std::size_t slot = bucket_starts_[key]; slot < bucket_starts_[key + 1]; ++slot) {
      const Pattern& pattern = patterns_[buckets_[slot]];
      if (!text.substr(begin).starts_with(view_of(pattern.bytes))) continue;
      Range range{begin, begin + pattern.bytes.size(), pattern.secret};
      if (pattern.loose_before && range.begin > 0 && is_base64(text[range.begin - 1])) --range.begin;
      if (pattern.loose_after) {
        if (range.end < text.size() && is_base64(text[range.end])) ++range.end;
        while (range.end < text.size() && text[range.end] == '=') ++range.end;
      }
      const bool overlaps = !found.empty() && found.back().secret == range.secret &&
                            found.back().begin <= range.begin && found.back().end >= range.begin;
      if (overlaps) {
        found.back().end = std::max(found.back().end, range.end);
      } else {
        found.push_back(range);
      }
    }
    ++last;
  }
}

std::vector<Redactor::Range> Redactor::search_all(std::string_view text) const {
  std::vector<Range> found;
  search(text, found);
  std::vector<Range> hidden;
  for (const Layers& layer : layers) {
    const Unescaped outer(text, layer.outer);
    if (!outer.changed()) continue;
    hidden.clear();
    search(outer.text(), hidden);
    for (const Range& r : hidden) {
      found.push_back({outer.original_begin(r.begin), outer.original_end(r.end), r.secret});
    }
    for (const Escape escape : layer.inner) {
      const Unescaped inner(outer.text(), escape);
      if (!inner.changed()) continue;
      hidden.clear();
      search(inner.text(), hidden);
      for (const Range& r : hidden) {
        found.push_back({outer.original_begin(inner.original_begin(r.begin)),
                         outer.original_end(inner.original_end(r.end)), r.secret});
      }
    }
  }
  std::ranges::sort(found, [](const Range& a, const Range& b) {
    return std::pair{a.begin, b.end} < std::pair{b.begin, a.end};
  });
  std::vector<Range> merged;
  for (const Range& range : found) {
    if (!merged.empty() && range.begin < merged.back().end) {
      merged.back().end = std::max(merged.back().end, range.end);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

std::string Redactor::cut(std::string text) const {
  if (labels_.empty()) return text;
  const std::vector<Range> ranges = search_all(text);
  if (ranges.empty()) return text;
  std::string clean;
  clean.reserve(text.size());
  std::size_t at = 0;
  for (const Range& range : ranges) {
    clean.append(text, at, range.begin - at);
    clean += labels_[range.secret];
    at = range.end;
  }
  clean.append(text, at);
  return clean;
}

bool Redactor::finds(std::string_view text) const {
  return !labels_.empty() && !search_all(text).empty();
}

}  // namespace sluice::gate
