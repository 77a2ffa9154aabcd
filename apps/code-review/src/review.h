// The review of one change: everything that the reports show, in one value.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "anchor.h"
#include "masks.h"
#include "model/spending.h"
#include "notes.h"
#include "pulls.h"
#include "selection.h"
#include "settings.h"

namespace review {

inline constexpr std::string_view app_name = "Sluice code review";
inline constexpr std::string_view app_version = "0.1.0";
// Of the JSON report; docs/review-format.md says what raises it.
inline constexpr std::string_view format_version = "1.1";

enum class Outcome : std::uint8_t {
  reviewed,  // every hunk, or all but what the settings leave out
  partial,   // something could not be read, or a model was wanted and did not see it
  nothing,   // not one hunk was reviewed
};

// "reviewed", "partial", "nothing".
[[nodiscard]] std::string_view name_of(Outcome outcome);

// What reviewing will cost a person.
struct Effort {
  std::uint32_t score = 1;  // 1 (a glance) to 5 (plan for it)
  std::string reason;       // a few words
};

struct Usage {
  std::uint64_t duration_ms = 0;
  std::uint32_t hunks = 0;
  std::uint32_t hunks_reviewed = 0;
  std::uint32_t additions = 0;  // of all files
  std::uint32_t deletions = 0;
};

// What a model has to do with the review.
struct ModelPart {
  bool wanted = false;  // the app is linked to one
  bool trusted = true;  // what it says is shown
  std::string name;     // as its provider calls it; empty where it could not be asked
  std::string trouble;  // why it could not be asked, or not to the end
  std::string summary;  // its own words, cleaned; may be empty
  ModelUsage usage;
  // What it found, and what became of it.
  std::uint32_t findings = 0;
  std::uint32_t unresolved = 0;      // dropped: the quote isn't in what it was shown
  std::uint32_t too_little = 0;      // dropped: the quote is too short to say which line is meant
  std::uint32_t without_reason = 0;  // dropped: it does not say why
  std::uint32_t weak = 0;            // dropped by the second pass
  std::uint32_t unjudged = 0;        // dropped: the second pass did not come to them
  std::uint32_t withheld = 0;        // passed, but the model isn't trusted
};

struct Review {
  PullRef pull;
  PullRequest about;  // its body is empty: no report shows it
  Outcome outcome = Outcome::nothing;
  std::vector<std::string> summary;  // sentences; pairs of backticks enclose code
  std::vector<FileNote> changes;
  std::vector<Risk> risks;
  std::uint32_t risks_unlisted = 0;  // beyond `max-risks`
  // Lines beyond those that are listed of one signal in one file.
  std::uint32_t risks_alike = 0;
  // All of them, listed or not, by their severity.
  std::array<std::uint32_t, severities> risks_seen{};
  std::uint32_t claims_unresolved = 0;
  std::uint32_t claims_duplicate = 0;
  std::vector<Coverage> coverage;
  Effort effort;
  Usage usage;
  ModelPart model;
  // What the risks point into: the hunks that are shown around them.
  Selection selection;
  // What of those hunks no report shows. All other texts have it masked already.
  Masks masks;
};

// A review is made in steps, so that whoever reads the change (signals, models) sees what is to be read and
// adds what they claim: `begin_review`, then claims from anywhere, then `finish_review` once.

// Selects what is reviewed and says what each file's change does. There are no risks yet.
[[nodiscard]] Review begin_review(const PullRef& pull, PullRequest about, std::vector<PullFile> files,
                                  const Settings& settings);

[[nodiscard]] std::vector<Claim> claims_of_signals(const Review& review, const Settings& settings);

// Anchors the claims, joins those of a model with those of signals on the same lines, and writes effort and
// summary. `usage.duration_ms` is for the caller to set.
void finish_review(Review& review, std::vector<Claim> claims, const Settings& settings);

}  // namespace review
