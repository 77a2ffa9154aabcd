// What the manifest's `[function.review.config]` says. Every value comes as text; lists as JSON arrays of
// strings.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "finding.h"
#include "model/caps.h"
#include "signals.h"

namespace review {

enum class Drafts : std::uint8_t { leave_out, review };

struct Settings {
  // `ignore-paths`: patterns of glob.h, after the built-in ones. One that begins with `!` takes files back
  // in.
  std::vector<std::string> ignore_paths;
  // `default-ignores`: whether the built-in rules (lock files, vendored, generated …) count.
  bool default_ignores = true;
  // `ignore-titles`: a pull request whose title has one of these words, letter case ignored, is left alone.
  std::vector<std::string> ignore_titles;
  // `ignore-labels`, `ignore-authors`: whole names, letter case ignored.
  std::vector<std::string> ignore_labels;
  std::vector<std::string> ignore_authors;
  // `review-drafts`.
  Drafts drafts = Drafts::leave_out;
  // `inline-severity`: the least severity of an inline comment; absent ("none"): no inline comments.
  std::optional<Severity> inline_severity = Severity::medium;
  // `max-inline-comments`: in one review; the others stand in the summary comment.
  std::uint32_t inline_comments_max = 20;
  // `max-risks`: listed in one report, the most severe first; the rest is counted.
  std::uint32_t risks_max = 100;
  // `command`: what a comment has to begin with to ask for a review.
  std::string command = "/review";
  // `max-file-lines`: a file with more changed lines is listed as not reviewed.
  std::uint32_t file_lines_max = 100'000;
  // `max-line-bytes`: a file with a longer line is taken for minified code or data.
  std::uint32_t line_bytes_max = 10'000;
  // `signals-on`, `signals-off`: ids, applied to the defaults; `large-change-lines`.
  SignalOptions signals = default_signal_options();
  // `model-…`: what a model may spend, and how it is asked.
  ModelCaps model;
};

using SettingPair = std::pair<std::string_view, std::string_view>;

// The error says which key is wrong, why, and what it may be.
[[nodiscard]] std::expected<Settings, std::string> parse_settings(std::span<const SettingPair> pairs);

// Why the ignore rules leave `path` out, in a few words that name the rule; nothing where they don't.
[[nodiscard]] std::optional<std::string> ignored_by(const Settings& settings, std::string_view path);

// The severity of that name.
[[nodiscard]] std::optional<Severity> severity_named(std::string_view name);

}  // namespace review
