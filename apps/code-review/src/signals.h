// Signals: risks that can be seen in a change without a model and without the rest of the repository.
//
// Each finding is anchored to a line of a hunk of the change: an added or context line on the right, a
// deleted line on the left; its quote is that line's text. What does not parse as code is passed over: no
// input makes a signal fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "diff.h"
#include "finding.h"

namespace review {

// How a signal behaves unless settings say otherwise. `off` are those whose measured precision is too low,
// see tests/data/changes/README.md.
enum class Default : std::uint8_t { off, on };

struct SignalInfo {
  std::string_view id;  // stable, kebab-case
  Severity severity = Severity::info;
  Default by_default = Default::on;
  std::string_view about;  // one line for settings and documentation
};

// All signals, in the order in which they run.
[[nodiscard]] std::span<const SignalInfo> all_signals();

// Position of a signal in `all_signals()`, or its size where there is none of that id.
[[nodiscard]] std::size_t find_signal(std::string_view id);

struct SignalOptions {
  // One entry for each of `all_signals()`.
  std::vector<Default> enabled;
  // `large-change` fires above this many added and deleted lines.
  std::uint32_t large_change_lines = 800;
};

[[nodiscard]] SignalOptions default_signal_options();

// Of one signal in one file only the first ones are given, and the last of them says how many more lines are
// alike.
inline constexpr std::size_t findings_of_one_signal_max = 20;

// Findings in the order of the change's files and lines; at most one for each signal and line.
[[nodiscard]] std::vector<Finding> run_signals(const Change& change, const SignalOptions& options);

}  // namespace review
