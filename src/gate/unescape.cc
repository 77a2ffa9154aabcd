#include "gate/unescape.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace sluice::gate {

namespace {

// One escape: how long it is, and what it stands for in UTF-8.
struct Unit {
  std::size_t length = 0;
  std::size_t size = 0;
  std::array<char, 4> bytes{};
};

Unit unit_of(std::size_t length, char c) {
  return {length, 1, {c}};
}

Unit unit_of_scalar(std::size_t length, std::uint32_t scalar) {
  const auto tail = [&](unsigned shift) { return static_cast<char>(0x80U | ((scalar >> shift) & 0x3fU)); };
  if (scalar < 0x80) return unit_of(length, static_cast<char>(scalar));
  if (scalar < 0x800) return {length, 2, {static_cast<char>(0xc0U | (scalar >> 6U)), tail(0)}};
  if (scalar < 0x10000) return {length, 3, {static_cast<char>(0xe0U | (scalar >> 12U)), tail(6), tail(0)}};
  return {length, 4, {static_cast<char>(0xf0U | (scalar >> 18U)), tail(12), tail(6), tail(0)}};
}

std::optional<std::uint32_t> digit_value(char c, std::uint32_t base) {
  std::uint32_t value = base;
  if (c >= '0' && c <= '9') value = static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') value = static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') value = static_cast<std::uint32_t>(c - 'A' + 10);
  if (value >= base) return std::nullopt;
  return value;
}

// `count` hexadecimal digits at the start of `text`.
std::optional<std::uint32_t> hex_of(std::string_view text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(0, count)) {
    const auto digit = digit_value(c, 16);
    if (!digit) return std::nullopt;
    value = value * 16 + *digit;
  }
  return value;
}

std::optional<Unit> json_unit(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  constexpr std::string_view names = "\"\\/bfnrt";
  constexpr std::string_view values = "\"\\/\b\f\n\r\t";
  if (const std::size_t at = names.find(text[1]); at != std::string_view::npos) return unit_of(2, values[at]);
  if (text[1] != 'u') return std::nullopt;
  const auto high = hex_of(text.substr(2), 4);
  if (!high) return std::nullopt;
  const bool is_pair = *high >= 0xd800 && *high < 0xdc00 && text.substr(6).starts_with("\\u");
  if (is_pair) {
    const auto low = hex_of(text.substr(8), 4);
    if (low && *low >= 0xdc00 && *low < 0xe000) {
      return unit_of_scalar(12, 0x10000 + ((*high - 0xd800) << 10U) + (*low - 0xdc00));
    }
  }
  return unit_of_scalar(6, *high);
}

std::optional<Unit> percent_unit(std::string_view text) {
  const auto byte = hex_of(text.substr(1), 2);
  if (!byte) return std::nullopt;
  return unit_of(3, static_cast<char>(*byte));
}

std::optional<Unit> html_unit(std::string_view text) {
  struct Name {
    std::string_view text;
    char c;
  };
  constexpr std::array<Name, 5> names = {
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  for (const Name& name : names) {
    if (text.starts_with(name.text)) return unit_of(name.text.size(), name.c);
  }
  if (!text.starts_with("&#")) return std::nullopt;
  const bool is_hex = text.substr(2).starts_with('x') || text.substr(2).starts_with('X');
  std::uint32_t scalar = 0;
  std::size_t at = is_hex ? 3 : 2;
  const std::size_t first = at;
  // Leading zeros make a number longer; beyond this many digits nobody writes one.
  constexpr std::size_t digits_max = 10;
  for (; at < text.size() && at - first < digits_max && text[at] != ';'; ++at) {
    const auto digit = digit_value(text[at], is_hex ? 16 : 10);
    if (!digit) return std::nullopt;
    scalar = scalar * (is_hex ? 16 : 10) + *digit;
    if (scalar > 0x10ffff) return std::nullopt;
  }
  if (at == first || at == text.size() || text[at] != ';') return std::nullopt;
  return unit_of_scalar(at + 1, scalar);
}

// A line break, and the indentation after it.
std::optional<Unit> line_unit(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  return Unit{end, 0, {}};
}

struct Reader {
  char first;
  std::optional<Unit> (*read)(std::string_view text);
};

Reader reader_of(Escape escape) {
  switch (escape) {
    case Escape::json:
      return {'\\', json_unit};
    case Escape::percent:
      return {'%', percent_unit};
    case Escape::html:
      return {'&', html_unit};
    case Escape::lines:
      break;
  }
  return {'\n', line_unit};
}

}  // namespace

Unescaped::Unescaped(std::string_view text, Escape escape) : escape_(escape) {
  const Reader reader = reader_of(escape);
  std::size_t copied = 0;
  std::size_t at = text.find(reader.first);
  while (at != std::string_view::npos) {
    const auto unit = reader.read(text.substr(at));
    if (!unit) {
      at = text.find(reader.first, at + 1);
      continue;
    }
    if (text_.empty()) text_.reserve(text.size());
    std::size_t end = at;
    if (escape == Escape::lines && end > copied && text[end - 1] == '\r') --end;
    text_.append(text, copied, end - copied);
    text_.append(unit->bytes.data(), unit->size);
    copied = at + unit->length;
    const Step step{text_.size(), copied - text_.size()};
    if (!steps_.empty() && steps_.back().at == step.at) {
      steps_.back() = step;
    } else {
      steps_.push_back(step);
    }
    at = text.find(reader.first, copied);
  }
  if (changed()) text_.append(text, copied);
}

std::size_t Unescaped::original_begin(std::size_t offset) const {
  const auto after = std::ranges::upper_bound(steps_, offset, {}, &Step::at);
  return after == steps_.begin() ? offset : offset + std::prev(after)->shift;
}

std::size_t Unescaped::original_end(std::size_t offset) const {
  if (escape_ != Escape::lines) return original_begin(offset);
  // A step at `offset` is a line break behind the piece.
  const auto after = std::ranges::lower_bound(steps_, offset, {}, &Step::at);
  return after == steps_.begin() ? offset : offset + std::prev(after)->shift;
}

}  // namespace sluice::gate
