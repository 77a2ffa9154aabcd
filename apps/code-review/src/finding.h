// A risk seen in a change, with the line of the change that shows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace review {

// Ordered: a higher one is more urgent.
enum class Severity : std::uint8_t { info, low, medium, high, critical };
inline constexpr std::size_t severities = 5;

// `left`: a deleted line, numbered in the old file. `right`: an added or context line, numbered in the new
// file.
enum class Side : std::uint8_t { left, right };

struct Finding {
  std::string id;  // of the signal that made it, e.g. "check-removed"
  Severity severity = Severity::info;
  std::string path;
  Side side = Side::right;
  std::uint32_t line = 0;  // 1-based
  std::string quote;   // the line's text exactly as in the diff, without the leading mark and the line's end
  std::string why;     // one sentence
  std::string action;  // one sentence
  // How many more lines of the file the same is to be said of, and is not.
  std::uint32_t alike = 0;
};

// "info", "low", "medium", "high", "critical".
[[nodiscard]] std::string_view name_of(Severity severity);

// "LEFT" or "RIGHT", as GitHub writes them.
[[nodiscard]] std::string_view name_of(Side side);

}  // namespace review
