// Small helpers for building and comparing text. Text is UTF-8; only ASCII letters have a case here.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace review {

[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_alnum(char c) {
  return is_digit(c) || is_letter(c);
}
// What an identifier is made of in most languages.
[[nodiscard]] constexpr bool is_word(char c) {
  return is_alnum(c) || c == '_';
}
[[nodiscard]] constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}
[[nodiscard]] constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

// Every run of white space becomes one space; none is left at the ends.
[[nodiscard]] std::string squeeze(std::string_view text);
// Whether both are the same after `squeeze`, without making the copies.
[[nodiscard]] bool equal_squeezed(std::string_view a, std::string_view b);

struct Character {
  char32_t code = 0xFFFD;
  std::size_t bytes = 1;
};

// The character at the front of a text that isn't empty; U+FFFD of one byte where there is no valid UTF-8.
[[nodiscard]] Character decode_character(std::string_view text);

// At most `bytes_max` bytes from the start, never half a character.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t bytes_max);
// The same, with "…" where something was cut off.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t bytes_max);

// Takes the text up to `separator` off the front of `rest`, and the separator with it.
[[nodiscard]] std::string_view take_until(std::string_view& rest, char separator);

[[nodiscard]] std::string_view base_name(std::string_view path);
// Without the last part and its slash; empty for a file at the top.
[[nodiscard]] std::string_view folder_of(std::string_view path);

void append_part(std::string& out, std::string_view text);
void append_part(std::string& out, char c);
void append_part(std::string& out, std::uint64_t number);
template <std::unsigned_integral Number>
  requires(!std::same_as<Number, std::uint64_t>)
void append_part(std::string& out, Number number) {
  append_part(out, static_cast<std::uint64_t>(number));
}

// append(out, "line ", 3U, '.') — texts, characters and unsigned numbers.
template <class... Parts>
void append(std::string& out, const Parts&... parts) {
  (append_part(out, parts), ...);
}

template <class... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
  std::string out;
  append(out, parts...);
  return out;
}

// "1 file", "2 files"; `many` where the plural is not made with an s.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one, std::string_view many = {});

// "a", "a and b", "a, b and c"; of more than `max` items the rest is counted: "a, b and 3 more".
[[nodiscard]] std::string listed(std::span<const std::string> items, std::size_t max);

}  // namespace review
