#include "post.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "escape.h"
#include "hash.h"
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

constexpr std::string_view refused_mark = "<!-- sluice:inline-refused -->";
// Who reads on GitHub has the repository, but none of our other reports.
constexpr std::string_view rest_on_github = "`sluice review RANGE --format json` lists them";

// What stands between `start`, with which the text begins, and the marker's end: words of letters and digits.
std::string_view marked(std::string_view body, std::string_view start) {
  if (!body.starts_with(start)) return {};
  body.remove_prefix(start.size());
  const std::size_t end = body.find(marker_end);
  if (end == std::string_view::npos) return {};
  const std::string_view words = body.substr(0, end);
  return std::ranges::all_of(words, [](char c) { return is_alnum(c) || c == ' ' || c == ':'; })
             ? words
             : std::string_view();
}

std::string hash_of(std::string_view path) {
  return concat(hash_text(path));
}

std::string inline_body(const Risk& risk) {
  return concat(finding_marker(risk.fingerprint, risk.path), "\n**", title_of(risk.severity),
                "**: ", markdown_prose(risk.why), "\n\n**What to do:** ", markdown_prose(risk.action),
                "\n\n<sub>", markdown_prose(sources_of(risk)), "</sub>\n");
}

// What was posted inline before, by fingerprint.
PullResult<std::vector<FindingMark>> posted_findings(Pulls& pulls, const PullRef& pull) {
  PullResult<std::vector<PostedComment>> comments = pulls.review_comments(pull);
  if (!comments) return std::unexpected(std::move(comments.error()));
  std::vector<FindingMark> known;
  for (const PostedComment& comment : *comments) {
    if (!comment.mine) continue;
    if (FindingMark mark = finding_in(comment.body); !mark.fingerprint.empty())
      known.push_back(std::move(mark));
  }
  std::ranges::sort(known, {}, &FindingMark::fingerprint);
  const auto repeated = std::ranges::unique(known, {}, &FindingMark::fingerprint);
  known.erase(repeated.begin(), repeated.end());
  return known;
}

// Of what was posted before: not found again, though all of its file was read.
std::uint32_t count_gone(const Review& review, const std::vector<FindingMark>& known) {
  // Where risks are left off the list, it isn't known which of them are gone.
  if (review.risks_unlisted > 0 || review.risks_alike > 0) return 0;
  std::set<std::string> read;
  for (const Coverage& entry : review.coverage) {
    if (entry.status == Covered::reviewed) read.insert(hash_of(entry.file));
  }
  for (const Coverage& entry : review.coverage) {
    if (entry.status == Covered::unread || entry.status == Covered::left_out) read.erase(hash_of(entry.file));
  }
  std::set<std::string_view> found;
  for (const Risk& risk : review.risks) found.insert(risk.fingerprint);
  return static_cast<std::uint32_t>(std::ranges::count_if(known, [&](const FindingMark& mark) {
    return read.contains(mark.file) && !found.contains(mark.fingerprint);
  }));
}

// The number allowed is for the pull request: comments of earlier runs count.
std::vector<InlineComment> choose(const Review& review, const std::vector<FindingMark>& known,
                                  const Settings& settings, Posted& posted) {
  std::vector<InlineComment> comments;
  for (const Risk& risk : review.risks) {
    if (std::ranges::binary_search(known, risk.fingerprint, {}, &FindingMark::fingerprint)) {
      ++posted.inline_known;
    } else if (!settings.inline_severity || risk.severity < *settings.inline_severity) {
      continue;
    } else if (known.size() + comments.size() >= settings.inline_comments_max) {
      ++posted.inline_unposted;
    } else {
      comments.push_back({risk.path, risk.side, risk.line, risk.start_line, inline_body(risk)});
    }
  }
  posted.gone = count_gone(review, known);
  return comments;
}

std::vector<std::string> remarks_on(const Posted& posted) {
  std::vector<std::string> remarks;
  if (!posted.inline_refused.empty()) {
    remarks.push_back(concat("GitHub did not take the inline comments (", posted.inline_refused,
                             "), so what has none yet stands here alone."));
  }
  if (posted.inline_unposted > 0) {
    remarks.push_back(concat(counted(posted.inline_unposted, "finding"),
                             " beyond the number of inline comments",
                             " allowed for one pull request (`max-inline-comments`) ",
                             posted.inline_unposted == 1 ? "has none." : "have none."));
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

std::string finding_marker(std::string_view fingerprint, std::string_view path) {
  return concat(finding_start, fingerprint, " file:", hash_of(path), marker_end);
}

FindingMark finding_in(std::string_view body) {
  constexpr std::string_view file = "file:";
  std::string_view rest = marked(body, finding_start);
  const std::string_view fingerprint = take_until(rest, ' ');
  return {std::string(fingerprint), rest.starts_with(file) ? std::string(rest.substr(file.size())) : ""};
}

PullResult<std::optional<SummaryComment>> find_summary(Pulls& pulls, const PullRef& pull) {
  PullResult<std::vector<PostedComment>> comments = pulls.comments(pull);
  if (!comments) return std::unexpected(std::move(comments.error()));
  for (PostedComment& comment : *comments) {
    if (!comment.mine || !comment.body.starts_with(summary_start)) continue;
    const std::string_view first = std::string_view(comment.body).substr(0, comment.body.find('\n'));
    const bool refused = first.ends_with(refused_mark);
    std::string head(marked(first, summary_start));
    return SummaryComment{comment.id, std::move(head), std::move(comment.body), refused};
  }
  return std::nullopt;
}

PullResult<Posted> post(Pulls& pulls, const Review& review, const std::optional<SummaryComment>& before,
                        const Settings& settings) {
  PullResult<std::vector<FindingMark>> known = posted_findings(pulls, review.pull);
  if (!known) return std::unexpected(std::move(known.error()));
  Posted posted;
  const std::vector<InlineComment> comments = choose(review, *known, settings, posted);
  const bool refused_before = before && before->inline_refused && before->head_sha == review.about.head_sha;
  if (!comments.empty() && refused_before) {
    posted.inline_refused = "in an earlier run for this commit";
  } else if (!comments.empty()) {
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
  std::string first_line = summary_marker(review.about.head_sha);
  if (refused_before || !posted.inline_refused.empty()) first_line += refused_mark;
  const std::string body = render_markdown(review, {.first_line = std::move(first_line),
                                                    .remarks = remarks_on(posted),
                                                    .bytes_max = comment_bytes_max,
                                                    .rest = rest_on_github});
  const PullResult<void> written = write_summary(pulls, review.pull, before, body, posted);
  if (!written) return std::unexpected(written.error());
  return posted;
}

}  // namespace review
