// Putting a review on its pull request: one summary comment that is updated in place, and inline comments in
// one review, each finding once.
//
// What was posted before is read from GitHub itself: comments of our own account begin with a hidden line
// that says which commit they are about, or which finding. Nothing else is kept, so any posting can be
// repeated after a crash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pulls.h"
#include "review.h"
#include "settings.h"

namespace review {

// Our summary comment on a pull request.
struct SummaryComment {
  std::uint64_t id = 0;
  std::string head_sha;  // the commit that it reviews
  std::string body;
  bool inline_refused = false;  // GitHub took no inline comments for that commit
};

[[nodiscard]] PullResult<std::optional<SummaryComment>> find_summary(Pulls& pulls, const PullRef& pull);

enum class SummaryAction : std::uint8_t { created, updated, unchanged };
// "created", "updated", "unchanged".
[[nodiscard]] std::string_view name_of(SummaryAction action);

struct Posted {
  std::uint64_t summary_id = 0;
  SummaryAction summary = SummaryAction::created;
  std::uint32_t inline_posted = 0;
  std::uint32_t inline_known = 0;     // found again, posted before
  std::uint32_t inline_unposted = 0;  // listed and severe enough, but beyond `max-inline-comments`
  std::uint32_t gone = 0;             // posted before, not in this review, though their file was read
  std::string inline_refused;         // why GitHub took no inline comment; they stand in the summary
};

// `before` is what `find_summary` found. Inline comments go first: a summary that names a commit says that
// all of its review was posted.
[[nodiscard]] PullResult<Posted> post(Pulls& pulls, const Review& review,
                                      const std::optional<SummaryComment>& before, const Settings& settings);

// First lines of our comments. They count only there: text further down is quoted from the change.
[[nodiscard]] std::string summary_marker(std::string_view head_sha);
[[nodiscard]] std::string finding_marker(std::string_view fingerprint, std::string_view path);

// What an inline comment of ours says of itself.
struct FindingMark {
  std::string fingerprint;  // empty where the body begins with none
  std::string file;         // a hash of the path
};
[[nodiscard]] FindingMark finding_in(std::string_view body);

}  // namespace review
