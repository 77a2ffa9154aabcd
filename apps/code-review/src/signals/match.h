// Finding words, calls and their arguments in code. Text comes from `CodeLine::code`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace review::signals {

inline constexpr std::size_t none = std::string_view::npos;

// Position of `word` standing alone (no letter, digit or underscore beside it), else `none`.
[[nodiscard]] std::size_t find_word(std::string_view code, std::string_view word, std::size_t from = 0);
[[nodiscard]] bool has_word(std::string_view code, std::string_view word);
[[nodiscard]] bool has_any_word(std::string_view code, std::span<const std::string_view> words);
[[nodiscard]] bool has_any_text(std::string_view text, std::span<const std::string_view> parts);
[[nodiscard]] bool has_text(std::string_view text, std::string_view part);
// Letter case ignored; `part` in lower case.
[[nodiscard]] std::size_t find_ignoring_case(std::string_view text, std::string_view part,
                                             std::size_t from = 0);

struct Call {
  std::size_t name = none;  // where the name begins
  std::size_t open = none;  // where its "(" is
  [[nodiscard]] explicit operator bool() const { return name != none; }
};

// Whether `std::name` and `::name` are the plain function `name`, as in C++.
enum class Qualified : std::uint8_t { is_member, is_plain };

// A call of exactly `name` ("system", "os.system"): neither a longer name nor, for a name without dots, a
// method of something (`x.system(`, `x->system(`).
[[nodiscard]] Call find_call(std::string_view code, std::string_view name,
                             Qualified qualified = Qualified::is_member);
// A call of a method of anything: `.name(`, `->name(` or `::name(`.
[[nodiscard]] Call find_method(std::string_view code, std::string_view name, std::size_t from = 0);

// What stands between the "(" at `open` and its ")", or the end of the line.
[[nodiscard]] std::string_view arguments_at(std::string_view code, std::size_t open);
// The parts of a list separated by commas that aren't inside brackets or quotes.
[[nodiscard]] std::vector<std::string_view> split_arguments(std::string_view list);

// Without any white space.
[[nodiscard]] std::string without_space(std::string_view code);

// The identifier that begins at or after `at`; moves `at` behind it. Empty at the end.
[[nodiscard]] std::string_view next_identifier(std::string_view code, std::size_t& at);
[[nodiscard]] std::vector<std::string_view> identifiers_of(std::string_view code);

// The name in front of a "(" at `open`: "b" of "a.b (". Empty where there is none, or no bracket.
[[nodiscard]] std::string_view name_before(std::string_view code, std::size_t open);

// NAME, 10, NULL, true: what doesn't say which value is meant.
[[nodiscard]] bool is_constant_name(std::string_view identifier);

// Operators and words of a line of code, in order.
[[nodiscard]] std::vector<std::string_view> tokens_of(std::string_view code);

}  // namespace review::signals
