#include "base/text.h"

#include <algorithm>
#include <array>

namespace sluice {

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string printable(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    const auto next = static_cast<unsigned char>(i + 1 < out.size() ? out[i + 1] : '\0');
    const bool c1 = byte == 0xC2 && next >= 0x80 && next < 0xA0;
    if (byte < 0x20 || byte == 0x7F || c1) out[i] = '?';
    if (c1) out.erase(i + 1, 1);
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find(separator, begin);
    if (end == std::string_view::npos) break;
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

namespace {

enum class Glob : std::uint8_t { literal, one, some, all, folders };

struct GlobPart {
  Glob kind;
  char literal;
};

std::vector<GlobPart> parse_glob(std::string_view pattern) {
  std::vector<GlobPart> parts;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '?') {
      parts.push_back({Glob::one, 0});
    } else if (pattern[i] != '*') {
      parts.push_back({Glob::literal, pattern[i]});
    } else if (i + 1 == pattern.size() || pattern[i + 1] != '*') {
      parts.push_back({Glob::some, 0});
    } else {
      const bool starts_segment = i == 0 || pattern[i - 1] == '/';
      while (i + 1 < pattern.size() && pattern[i + 1] == '*') ++i;
      const bool folders = starts_segment && i + 1 < pattern.size() && pattern[i + 1] == '/';
      if (folders) ++i;
      parts.push_back({folders ? Glob::folders : Glob::all, 0});
    }
  }
  return parts;
}

}  // namespace

// `reached[j]`: the parts so far fit the first j bytes of the path. One row for each part, so no pattern can
// make it backtrack.
bool glob_match(std::string_view pattern, std::string_view path) {
  std::vector<char> reached(path.size() + 1, 0);
  std::vector<char> next(path.size() + 1, 0);
  reached[0] = 1;
  for (const GlobPart part : parse_glob(pattern)) {
    char open = 0;  // some earlier position was reached, and nothing since then closes it
    for (std::size_t j = 0; j <= path.size(); ++j) {
      const char before = j > 0 ? path[j - 1] : '\0';
      const bool step = j > 0 && reached[j - 1] != 0;
      switch (part.kind) {
        case Glob::literal:
          next[j] = static_cast<char>(step && before == part.literal);
          break;
        case Glob::one:
          next[j] = static_cast<char>(step && before != '/');
          break;
        case Glob::some:
          if (j > 0 && before == '/') open = 0;
          open = static_cast<char>(open != 0 || reached[j] != 0);
          next[j] = open;
          break;
        case Glob::all:
          open = static_cast<char>(open != 0 || reached[j] != 0);
          next[j] = open;
          break;
        case Glob::folders:
          next[j] = static_cast<char>(reached[j] != 0 || (open != 0 && before == '/'));
          open = static_cast<char>(open != 0 || reached[j] != 0);
          break;
      }
    }
    std::swap(reached, next);
  }
  return reached[path.size()] != 0;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t length_max = 256;
  if (a.size() > length_max || b.size() > length_max) return std::max(a.size(), b.size());
  using Row = std::array<std::size_t, length_max + 1>;
  Row two_back{};
  Row back{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    two_back = back;
    back = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = back[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, back[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], two_back[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace sluice
