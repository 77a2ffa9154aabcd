#include "review.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "join.h"
#include "signals.h"
#include "summary.h"

namespace review {
namespace {

Usage count(const Selection& selection) {
  Usage usage;
  for (const Coverage& entry : selection.coverage) {
    if (entry.hunk.empty()) continue;
    ++usage.hunks;
    if (entry.status == Covered::reviewed) ++usage.hunks_reviewed;
  }
  for (const FileFacts& file : selection.files) {
    usage.additions += file.additions;
    usage.deletions += file.deletions;
  }
  return usage;
}

Outcome outcome_of(const Selection& selection, const Usage& usage) {
  if (usage.hunks_reviewed == 0) return Outcome::nothing;
  const bool unread = std::any_of(selection.coverage.begin(), selection.coverage.end(),
                                  [](const Coverage& entry) { return entry.status == Covered::unread; });
  return unread ? Outcome::partial : Outcome::reviewed;
}

// A change of this machine, see `change` in docs/review-format.md.
bool is_local(const PullRef& pull) {
  return pull.owner == "local";
}

// In all texts that can hold lines of the change.
void hide_secrets(Review& review) {
  const auto hide = [&](std::string& text) { text = review.masks.hide(text); };
  hide(review.about.title);
  for (Risk& risk : review.risks) {
    hide(risk.quote);
    hide(risk.why);
    hide(risk.action);
  }
  for (FileNote& note : review.changes) {
    hide(note.what);
    for (auto* names : {&note.symbols.added, &note.symbols.removed, &note.symbols.touched})
      std::ranges::for_each(*names, hide);
    for (SignatureChange& change : note.symbols.signatures) {
      hide(change.before);
      hide(change.after);
    }
  }
  hide(review.model.summary);
  hide(review.model.trouble);
}

}  // namespace

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::reviewed:
      return "reviewed";
    case Outcome::partial:
      return "partial";
    case Outcome::nothing:
      return "nothing";
  }
  return "nothing";
}

Review begin_review(const PullRef& pull, PullRequest about, std::vector<PullFile> files,
                    const Settings& settings) {
  Review review;
  review.pull = pull;
  review.selection =
      select(about, std::move(files), settings, is_local(pull) ? Lister::local : Lister::github);
  review.about = std::move(about);
  review.about.body.clear();
  review.usage = count(review.selection);
  review.outcome = outcome_of(review.selection, review.usage);
  review.changes = notes_on(review.selection);
  review.coverage = std::move(review.selection.coverage);
  return review;
}

std::vector<Claim> claims_of_signals(const Review& review, const Settings& settings) {
  std::vector<Claim> claims;
  for (Finding& finding : run_signals(review.selection.change, settings.signals)) {
    claims.push_back(claim_of(std::move(finding)));
  }
  return claims;
}

void finish_review(Review& review, std::vector<Claim> claims, const Settings& settings) {
  for (const Claim& claim : claims) {
    review.risks_alike += claim.alike;
    review.risks_seen[static_cast<std::size_t>(claim.severity)] += claim.alike;
  }
  Anchored anchored = anchor(review.selection.change, std::move(claims));
  review.claims_unresolved = anchored.unresolved;
  review.claims_duplicate = anchored.duplicates;
  review.risks = std::move(anchored.risks);
  review.claims_duplicate += join_model_risks(review.risks);
  for (const Risk& risk : review.risks) ++review.risks_seen[static_cast<std::size_t>(risk.severity)];
  review.masks = Masks::of(review.selection.change, review.risks);
  if (review.risks.size() > settings.risks_max) {
    review.risks_unlisted = static_cast<std::uint32_t>(review.risks.size() - settings.risks_max);
    review.risks.resize(settings.risks_max);
  }
  hide_secrets(review);
  review.effort = estimate_effort(review);
  review.summary = summarize(review);
}

}  // namespace review
