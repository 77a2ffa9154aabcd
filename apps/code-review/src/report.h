// A review as text, in each of its formats. docs/review-format.md documents them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json_writer.h"
#include "review.h"

namespace review {

enum class Format : std::uint8_t { markdown, json, sarif, html };

// "markdown", "json", "sarif", "html".
[[nodiscard]] std::optional<Format> format_named(std::string_view name);

[[nodiscard]] std::string render(const Review& review, Format format);

// The report's own format; ends without a newline.
[[nodiscard]] std::string render_json(const Review& review, JsonWriter::Layout layout);

struct MarkdownOptions {
  std::string first_line;            // as it is, before everything else
  std::vector<std::string> remarks;  // sentences after the summary
  std::size_t bytes_max = 0;         // 0: no limit. What doesn't fit is counted
  // Where the reader finds what doesn't fit.
  std::string_view rest = "see the JSON report";
};

[[nodiscard]] std::string render_markdown(const Review& review, const MarkdownOptions& options);

// SARIF 2.1.0 (OASIS).
[[nodiscard]] std::string render_sarif(const Review& review);

// One page that needs no script and loads nothing.
[[nodiscard]] std::string render_html(const Review& review);

// Risks of one source and severity that ask for the same: told together, so that a pattern reads as one.
struct RiskGroup {
  std::vector<const Risk*> risks;  // at least one
  bool same_why = true;
};

// In the order of their first risks. They point into `review`.
[[nodiscard]] std::vector<RiskGroup> risk_groups(const Review& review);

// "deleted line 12", "line 12", "lines 12 to 14".
[[nodiscard]] std::string place_of(const Risk& risk);

// A line of a hunk around a risk.
struct ExcerptLine {
  const Line* line = nullptr;
  bool quoted = false;
};

// The quoted lines of `risk` with up to `around` lines of the hunk on both sides.
[[nodiscard]] std::vector<ExcerptLine> excerpt(const Review& review, const Risk& risk, std::size_t around);

// A line's text as people are shown it: shortened, and without the secrets that were named. Around one of
// these all that could be one is masked too.
[[nodiscard]] std::string shown_text(const Review& review, const Risk& risk, const Line& line,
                                     std::size_t bytes_max);

// That only the first of many alike are listed; empty where all are.
[[nodiscard]] std::string alike_sentence(const Review& review);

// What the coverage says of a file for one reason.
struct CoverageGroup {
  std::string_view file;
  std::string_view reason;
  std::uint32_t hunks = 0;  // 0: the file as a whole
};

// All that isn't reviewed, in order.
[[nodiscard]] std::vector<CoverageGroup> not_reviewed(const Review& review);

// "High", for people.
[[nodiscard]] std::string_view title_of(Severity severity);

// '+', '-' or ' '.
[[nodiscard]] char mark_of(const Line& line);

}  // namespace review
