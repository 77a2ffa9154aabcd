#include "text.h"

namespace review {

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string squeeze(std::string_view text) {
  text = trim(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_space(text[i])) {
      out += text[i];
    } else if (!is_space(text[i - 1])) {
      out += ' ';
    }
  }
  return out;
}

bool equal_squeezed(std::string_view a, std::string_view b) {
  a = trim(a);
  b = trim(b);
  while (!a.empty() && !b.empty()) {
    if (is_space(a.front()) != is_space(b.front())) return false;
    if (!is_space(a.front())) {
      if (a.front() != b.front()) return false;
      a.remove_prefix(1);
      b.remove_prefix(1);
      continue;
    }
    while (is_space(a.front())) a.remove_prefix(1);  // both are trimmed: a run of spaces is never at the end
    while (is_space(b.front())) b.remove_prefix(1);
  }
  return a.empty() && b.empty();
}

Character decode_character(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return {};
  char32_t code = first & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((at(i) & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (at(i) & 0x3FU);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, bytes};
}

std::string_view cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string shorten(std::string_view text, std::size_t bytes_max) {
  std::string out(cut(text, bytes_max));
  if (out.size() < text.size()) out += "…";
  return out;
}

std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view head = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return head;
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

void append_part(std::string& out, std::string_view text) {
  out += text;
}
void append_part(std::string& out, char c) {
  out += c;
}

void append_part(std::string& out, std::uint64_t number) {
  char digits[20];
  std::size_t at = sizeof digits;
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  out.append(digits + at, sizeof digits - at);
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  std::string out = concat(count, ' ');
  if (count == 1 || many.empty()) {
    append(out, one, count == 1 ? "" : "s");
  } else {
    out += many;
  }
  return out;
}

std::string listed(std::span<const std::string> items, std::size_t max) {
  // A rest of one would take as much room as the item itself.
  const std::size_t shown = items.size() <= max + 1 ? items.size() : max;
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  if (shown < items.size()) append(out, " and ", items.size() - shown, " more");
  return out;
}

}  // namespace review
