#include "masks.h"

#include <algorithm>

#include "signals/secret_values.h"
#include "text.h"

namespace review {
namespace {

constexpr std::string_view ellipsis = "…";
constexpr std::size_t kept = 2;
// Shorter texts stand in too many places that are no secret.
constexpr std::size_t secret_bytes_min = 6;

std::size_t common(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

}  // namespace

std::string mask_line(std::string_view text) {
  constexpr std::size_t quoted_min = 6;
  constexpr std::size_t word_min = 16;
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    std::size_t length = 0;
    bool digit = false;
    for (;
         length < text.size() && (is_word(text[length]) || std::string_view("+/=-.").contains(text[length]));
         ++length) {
      digit = digit || is_digit(text[length]);
    }
    const std::size_t close = c == '"' || c == '\'' || c == '`' ? text.find(c, 1) : std::string_view::npos;
    if (close != std::string_view::npos && close > quoted_min) {
      append(out, c, cut(text.substr(1), kept), ellipsis, c);
      text.remove_prefix(close + 1);
    } else if (digit && length >= word_min) {
      append(out, text.substr(0, kept), ellipsis);
      text.remove_prefix(length);
    } else {
      length = length == 0 ? 1 : length;
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

Masks Masks::of(const Change& change, const std::vector<Risk>& risks) {
  std::vector<std::string_view> lines;
  for (const Risk& risk : risks) {
    if (risk.source == "signal:secret-added") lines.push_back(trim(risk.quote));
  }
  Masks masks;
  if (lines.empty()) return masks;
  for (const FileChange& file : change.files) masks.add_secrets_of(file);
  masks.sort();
  std::vector<Mask> whole;
  for (const std::string_view line : lines) whole.push_back({std::string(line), mask_line(masks.hide(line))});
  for (Mask& mask : whole) masks.add(mask.from, std::move(mask.to));
  masks.sort();
  return masks;
}

std::string Masks::hide(std::string_view text) const {
  if (masks_.empty()) return std::string(text);
  std::string out;
  std::size_t end = text.find(ellipsis);
  for (std::size_t at = 0; at < text.size();) {
    if (end < at) end = text.find(ellipsis, at);
    const std::string_view rest = text.substr(at);
    if (const Mask* mask = at_front(rest)) {
      out += mask->to;
      at += mask->from.size();
    } else if (end != std::string_view::npos && begun_by(text.substr(at, end - at)) != nullptr) {
      out += text.substr(at, kept);
      at = end;
    } else {
      out += text[at++];
    }
  }
  return out;
}

void Masks::add(std::string_view from, std::string to) {
  if (from.size() >= secret_bytes_min && from != to) masks_.push_back({std::string(from), std::move(to)});
}

void Masks::add_secret(std::string_view secret) {
  add(secret, concat(cut(secret, kept), ellipsis));
}

void Masks::add_secrets_of(const FileChange& file) {
  const signals::SecretForms forms = signals::secret_forms_of(file);
  for (const Hunk& hunk : file.hunks) {
    bool in_key = false;
    for (const Line& line : hunk.lines) {
      if (signals::closes_private_key(line.text)) in_key = false;
      if (in_key) add_key_material(line.text);
      if (signals::opens_private_key(line.text)) {
        // The line that opens a key is no secret, those that follow are.
        in_key = !signals::closes_private_key(line.text);
      } else {
        for (const std::string_view secret : signals::secrets_in(line.text, forms)) add_secret(secret);
      }
    }
  }
}

void Masks::add_key_material(std::string_view line) {
  constexpr std::size_t word_min = 16;
  const auto is_base64 = [](char c) { return is_alnum(c) || c == '+' || c == '/' || c == '='; };
  while (!line.empty()) {
    const auto end = std::ranges::find_if_not(line, is_base64);
    const std::string_view word(line.begin(), end);
    if (word.size() >= word_min && std::ranges::any_of(word, is_digit)) add_secret(word);
    line.remove_prefix(std::min(word.size() + 1, line.size()));
  }
}

void Masks::sort() {
  std::ranges::stable_sort(masks_, {}, &Mask::from);
  const auto repeated = std::ranges::unique(masks_, {}, &Mask::from);
  masks_.erase(repeated.begin(), repeated.end());
}

const Masks::Mask* Masks::at_front(std::string_view text) const {
  // A text that begins `text` sorts before it, and all between the two begin likewise: so the nearest one
  // before is it, or tells how much of `text` it can be.
  for (;;) {
    auto after = std::ranges::upper_bound(masks_, text, {}, &Mask::from);
    if (after == masks_.begin()) return nullptr;
    --after;
    if (text.starts_with(after->from)) return &*after;
    text = text.substr(0, common(text, after->from));
  }
}

const Masks::Mask* Masks::begun_by(std::string_view text) const {
  if (text.size() < secret_bytes_min) return nullptr;
  const auto found = std::ranges::lower_bound(masks_, text, {}, &Mask::from);
  return found != masks_.end() && found->from.starts_with(text) ? &*found : nullptr;
}

}  // namespace review
