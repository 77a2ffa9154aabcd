#include "post.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "escape.h"
#include "report.h"
#include "report_model.h"
#include "text.h"

namespace review {
namespace {

// GitHub takes 65,536 characters.
constexpr std::size_t comment_bytes_max = 60'000;
constexpr std::string_view summary_start = "<!-- sluice:code-review head=";
constexpr std::string_view finding_start = "<!-- sluice:finding ";
constexpr std::string_view marker_end = " -->";

// What stands between `start`, with which the text begins, and the marker's end.
std::string_view marked(std::string_view body, std::string_view start) {
  if (!body.starts_with(start)) return {};
  body.remove_prefix(start.size());
  const std::size_t end = body.find(marker_end);
  if (end == std::string_view::npos) return {};
  const std::string_view word = body.substr(0, end);
  return std::all_of(word.begin(), word.end(), [](char c) { return is_alnum(c); }) ? word
                                                                                   : std::string_view();
}

std::string inline_body(const Risk& risk) {
  return concat(finding_marker(risk.fingerprint), "\n**", title_of(risk.severity),
                "**: ", markdown_prose(risk.why), "\n\n**What to do:** ", markdown_prose(risk.action),
                "\n\n<sub>", markdown_prose(sources_of(risk)), "</sub>\n");
}

// What was posted inline before, sorted.
PullResult<std::vector<std::string>> posted_findings(Pulls& pulls, const PullRef& pull) {
  PullResult<std::vector<PostedComment>> comments = pulls.review_comments(pull);
  if (!comments) return std::unexpected(std::move(comments.error()));
  std::vector<std::string> known;
  for (const PostedComment& comment : *comments) {
    if (!comment.mine) continue;
    if (const std::string_view fingerprint = fingerprint_in(comment.body); !fingerprint.empty()) {
      known.emplace_back(fingerprint);
    }
  }
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  return known;
}

std::vector<InlineComment> choose(const Review& review, const std::vector<std::string>& known,
                                  const Settings& settings, Posted& posted) {
  std::vector<InlineComment> comments;
  for (const Risk& risk : review.risks) {
    if (std::binary_search(known.begin(), known.end(), risk.fingerprint)) {
      ++posted.inline_known;
    } else if (!settings.inline_severity || risk.severity < *settings.inline_severity) {
      continue;
    } else if (comments.size() >= settings.inline_comments_max) {
      ++posted.inline_unposted;
    } else {
      comments.push_back({risk.path, risk.side, risk.line, risk.start_line, inline_body(risk)});
    }
  }
  // Where risks are left off the list, it isn't known which of them are gone.
  if (review.risks_unlisted == 0)
    posted.gone = static_cast<std::uint32_t>(known.size()) - posted.inline_known;
  return comments;
}

std::vector<std::string> remarks_on(const Posted& posted) {
  std::vector<std::string> remarks;
  if (!posted.inline_refused.empty()) {
    remarks.push_back(concat("GitHub did not take the inline comments (", posted.inline_refused,
                             "), so all findings stand here alone."));
  }
  if (posted.inline_unposted > 0) {
    remarks.push_back(
        concat(counted(posted.inline_unposted, "finding"),
               " beyond the number of inline comments allowed in one review stand here alone."));
  }
  if (posted.gone > 0) {
    remarks.push_back(concat(counted(posted.gone, "earlier finding"), posted.gone == 1
                                                                          ? " is no longer in the change."
                                                                          : " are no longer in the change."));
  }
  return remarks;
}

// The footer's time differs from run to run; all else is the same for the same review.
std::string_view without_footer(std::string_view body) {
  return body.substr(0, body.rfind("\n---\n"));
}

PullResult<void> write_summary(Pulls& pulls, const PullRef& pull, const std::optional<SummaryComment>& before,
                               std::string_view body, Posted& posted) {
  if (before) {
    posted.summary_id = before->id;
    if (without_footer(before->body) == without_footer(body)) {
      posted.summary = SummaryAction::unchanged;
      return {};
    }
    posted.summary = SummaryAction::updated;
    PullResult<void> updated = pulls.update_comment(pull, before->id, body);
    // Somebody may have deleted it since it was read.
    if (updated || updated.error().kind != PullError::Kind::not_found) return updated;
  }
  posted.summary = SummaryAction::created;
  PullResult<std::uint64_t> created = pulls.create_comment(pull, body);
  if (!created) return std::unexpected(std::move(created.error()));
  posted.summary_id = *created;
  return {};
}

}  // namespace

std::string_view name_of(SummaryAction action) {
  switch (action) {
    case SummaryAction::created:
      return "created";
    case SummaryAction::updated:
      return "updated";
    case SummaryAction::unchanged:
      return "unchanged";
  }
  return "unchanged";
}

std::string summary_marker(std::string_view head_sha) {
  return concat(summary_start, head_sha, marker_end);
}

std::string finding_marker(std::string_view fingerprint) {
  return concat(finding_start, fingerprint, marker_end);
}

std::string_view fingerprint_in(std::string_view body) {
  return marked(body, finding_start);
}

PullResult<std::optional<SummaryComment>> find_summary(Pulls& pulls, const PullRef& pull) {
  PullResult<std::vector<PostedComment>> comments = pulls.comments(pull);
  if (!comments) return std::unexpected(std::move(comments.error()));
  for (PostedComment& comment : *comments) {
    if (!comment.mine || !comment.body.starts_with(summary_start)) continue;
    return SummaryComment{comment.id, std::string(marked(comment.body, summary_start)),
                          std::move(comment.body)};
  }
  return std::nullopt;
}

PullResult<Posted> post(Pulls& pulls, const Review& review, const std::optional<SummaryComment>& before,
                        const Settings& settings) {
  PullResult<std::vector<std::string>> known = posted_findings(pulls, review.pull);
  if (!known) return std::unexpected(std::move(known.error()));
  Posted posted;
  const std::vector<InlineComment> comments = choose(review, *known, settings, posted);
  if (!comments.empty()) {
    const std::string body = concat(counted(comments.size(), "finding"), " of ", app_name,
                                    "; its summary stands in the conversation.");
    const PullResult<std::uint64_t> made =
        pulls.create_review(review.pull, review.about.head_sha, body, comments);
    if (made) {
      posted.inline_posted = static_cast<std::uint32_t>(comments.size());
    } else if (made.error().kind == PullError::Kind::invalid) {
      posted.inline_refused =
          made.error().text.empty() ? "no reason given" : shorten(squeeze(made.error().text), 200);
    } else {
      return std::unexpected(made.error());
    }
  }
  const std::string body = render_markdown(review, {.first_line = summary_marker(review.about.head_sha),
                                                    .remarks = remarks_on(posted),
                                                    .bytes_max = comment_bytes_max});
  const PullResult<void> written = write_summary(pulls, review.pull, before, body, posted);
  if (!written) return std::unexpected(written.error());
  return posted;
}

}  // namespace review
