// From what somebody says about a change to a risk at an exact line of it.
//
// Signals, and later models, make claims: they quote code, and may name a line. Only a quote that stands in
// the change counts; the hunk and the line are found here, so that no report and no comment ever points
// outside the change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diff.h"
#include "finding.h"

namespace review {

struct Claim {
  std::string source;  // "signal:<id>", "model:<name>"
  Severity severity = Severity::info;
  std::string path;
  std::optional<Side> side;  // hints: which one where the quote stands more than once
  std::optional<std::uint32_t> line;
  std::string quote;  // one or more lines of one side, without marks
  std::string why;
  std::string action;
  std::uint32_t alike = 0;  // more lines of which the same is claimed, without a claim of their own
};

struct Risk {
  Severity severity = Severity::info;
  std::string source;
  std::vector<std::string> also;  // who else says so
  std::string path;
  Side side = Side::right;
  std::uint32_t line = 0;        // the last one where the quote has several
  std::uint32_t start_line = 0;  // of several lines the first, else 0
  std::string quote;             // as it stands in the diff
  std::string why;
  std::string action;
  std::uint32_t file = 0;  // where it stands in the change
  std::uint32_t hunk = 0;
  // The same for the same finding in the same code after other pushes, wherever the lines have moved to: 16
  // digits.
  std::string fingerprint;
};

struct Anchored {
  // The most severe first; of the same severity in the order of the change.
  std::vector<Risk> risks;
  std::uint32_t unresolved = 0;  // dropped: the quote isn't in the change
  std::uint32_t duplicates =
      0;  // dropped: the same line was named before by the same source or for the same reason
};

[[nodiscard]] Claim claim_of(Finding finding);

// A quote has to match whole lines: exactly, or else with runs of white space counted as one space.
[[nodiscard]] Anchored anchor(const Change& change, std::vector<Claim> claims);

}  // namespace review
