// Small helpers for text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

// Without spaces, tabs, line ends, vertical tabs and form feeds at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

// Safe to print on a terminal, on one line: each control character (of ASCII, and of C1 in UTF-8) becomes
// `?`.
[[nodiscard]] std::string printable(std::string_view text);

// The parts between separators, empty ones included: there is one more than separators. Views into `text`.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

// Whether a path, as it is written, fits a pattern as a whole. `?` is one byte and `*` any bytes, both
// without `/`;
// `**` is any bytes, and `**/` also none (`**/x` fits `x` and `a/b/x`; `a/**` fits all below `a`). All else
// is itself. Time is at most the product of both lengths.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view path);

// How many bytes have to be put in, taken out, replaced or swapped with their neighbour to make one text of
// the other: for "did you mean". For texts of more than 256 bytes it is the length of the longer one.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace sluice
