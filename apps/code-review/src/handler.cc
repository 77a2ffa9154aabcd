#include "handler.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "event.h"
#include "json_writer.h"
#include "model/model_review.h"
#include "post.h"
#include "report.h"
#include "review.h"
#include "summary.h"
#include "text.h"

namespace review {
namespace {

using Result = std::expected<std::string, Failure>;

std::string name(const PullRef& pull) {
  return concat(pull.owner, '/', pull.repo, '#', pull.number);
}

std::unexpected<Failure> failed(std::string_view what, const PullRef& pull, const PullError& error) {
  Failure failure{Failure::Kind::reject, concat(what, " of ", name(pull), ": ")};
  switch (error.kind) {
    case PullError::Kind::not_found:
      failure.text += "not found; does the pull request exist, and may the token see it?";
      break;
    case PullError::Kind::forbidden:
      append(failure.text, "forbidden: ", error.text);
      break;
    case PullError::Kind::invalid:
      append(failure.text, "refused as invalid: ", error.text);
      break;
    case PullError::Kind::rate_limited:
      failure.kind = Failure::Kind::retry;
      append(failure.text, "rate limited, worth trying again in ", counted(error.seconds, "second"));
      break;
    case PullError::Kind::unavailable:
      failure.kind = Failure::Kind::retry;
      append(failure.text, "unavailable: ", error.text);
      break;
  }
  return std::unexpected(std::move(failure));
}

std::string told(std::string_view status, std::string_view why) {
  JsonWriter json(JsonWriter::Layout::compact);
  return json.begin_object().member("status", status).member("why", why).end_object().take();
}

bool names_word(std::string_view title, std::string_view word) {
  const std::string text = to_lower(title);
  const std::string wanted = to_lower(word);
  for (std::size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) {
    const std::size_t end = at + wanted.size();
    const bool starts = at == 0 || !is_word(text[at - 1]) || !is_word(wanted.front());
    const bool ends = end == text.size() || !is_word(text[end]) || !is_word(wanted.back());
    if (starts && ends) return true;
  }
  return false;
}

// Why the settings leave this pull request alone unless somebody asks; empty where they don't.
std::string left_alone(const PullRequest& pull, const Settings& settings) {
  if (pull.draft && settings.drafts == Drafts::leave_out) return "it is a draft (`review-drafts`)";
  for (const std::string& word : settings.ignore_titles) {
    if (names_word(pull.title, word)) return concat("its title has \"", word, "\" (`ignore-titles`)");
  }
  for (const std::string& label : settings.ignore_labels) {
    for (const std::string& own : pull.labels) {
      if (equal_ignoring_case(own, label)) return concat("it has the label \"", own, "\" (`ignore-labels`)");
    }
  }
  for (const std::string& author : settings.ignore_authors) {
    if (equal_ignoring_case(pull.author, author))
      return concat("its author is ", pull.author, " (`ignore-authors`)");
  }
  return {};
}

std::expected<Review, Failure> review_files(const PullRef& pull, PullRequest about, const Settings& settings,
                                            const Outside& outside, std::uint64_t started_ms) {
  PullResult<std::vector<PullFile>> files = outside.pulls.files(pull);
  if (!files) return failed("read the files", pull, files.error());
  Review review = begin_review(pull, std::move(about), std::move(*files), settings);
  std::vector<Claim> claims = claims_of_signals(review, settings);
  if (outside.model != nullptr) {
    std::vector<Claim> more = review_with(*outside.model, review, claims, settings.model, outside);
    std::move(more.begin(), more.end(), std::back_inserter(claims));
  }
  finish_review(review, std::move(claims), settings);
  const std::uint64_t now_ms = outside.clock.now_ms();
  review.usage.duration_ms = now_ms > started_ms ? now_ms - started_ms : 0;
  outside.log.info(concat(name(pull), ": ", name_of(review.outcome), ", ", review.usage.hunks_reviewed,
                          " of ", counted(review.usage.hunks, "hunk"), ", ",
                          counted(risks_seen(review), "risk")));
  return review;
}

Result report(const Request& request, const Settings& settings, const Outside& outside) {
  const std::uint64_t started_ms = outside.clock.now_ms();
  PullResult<PullRequest> about = outside.pulls.get(request.pull);
  if (!about) return failed("read the description", request.pull, about.error());
  const std::expected<Review, Failure> review =
      review_files(request.pull, std::move(*about), settings, outside, started_ms);
  if (!review) return std::unexpected(review.error());
  JsonWriter json(JsonWriter::Layout::compact);
  json.begin_object().key("review").raw(render_json(*review, JsonWriter::Layout::compact));
  return json.member("text", render(*review, request.format)).end_object().take();
}

std::string posted_result(const Review& review, const Posted& posted) {
  JsonWriter json(JsonWriter::Layout::compact);
  json.begin_object().member("status", "reviewed").key("posted").begin_object();
  json.member("summary", name_of(posted.summary)).member("comment", posted.summary_id);
  json.member("inline", posted.inline_posted).member("inline_known", posted.inline_known);
  json.member("inline_unposted", posted.inline_unposted).member("gone", posted.gone);
  if (!posted.inline_refused.empty()) json.member("inline_refused", posted.inline_refused);
  return json.end_object()
      .key("review")
      .raw(render_json(review, JsonWriter::Layout::compact))
      .end_object()
      .take();
}

// Nothing where the person who asked may do so; else why not.
std::expected<std::optional<std::string>, Failure> may_not_ask(const Request& request,
                                                               const Outside& outside) {
  const PullResult<Permission> permission = outside.pulls.permission_of(request.pull, request.asked_by);
  if (!permission)
    return failed(concat("ask for the permission of ", request.asked_by), request.pull, permission.error());
  if (*permission >= Permission::write) return std::nullopt;
  return concat(request.asked_by, " asked for a review without write access to the repository");
}

Result review_and_post(const Request& request, const Settings& settings, const Outside& outside) {
  const std::uint64_t started_ms = outside.clock.now_ms();
  const PullRef& pull = request.pull;
  const bool asked = request.kind == Request::Kind::command;
  if (asked) {
    const std::expected<std::optional<std::string>, Failure> refusal = may_not_ask(request, outside);
    if (!refusal) return std::unexpected(refusal.error());
    if (*refusal) return told("ignored", **refusal);
  }
  PullResult<PullRequest> about = outside.pulls.get(pull);
  if (!about) return failed("read the description", pull, about.error());
  if (const std::string why = left_alone(*about, settings); !asked && !why.empty())
    return told("ignored", why);

  const PullResult<std::optional<SummaryComment>> before = find_summary(outside.pulls, pull);
  if (!before) return failed("read the comments", pull, before.error());
  if (!asked && *before && (*before)->head_sha == about->head_sha) {
    return told("already-reviewed", concat("commit ", about->head_sha, " was reviewed before"));
  }
  const std::expected<Review, Failure> review =
      review_files(pull, std::move(*about), settings, outside, started_ms);
  if (!review) return std::unexpected(review.error());
  const PullResult<Posted> posted = post(outside.pulls, *review, *before, settings);
  if (!posted) return failed("post the review", pull, posted.error());
  return posted_result(*review, *posted);
}

}  // namespace

std::expected<std::string, Failure> handle(std::string_view event_type, std::string_view event_data,
                                           const Outside& outside) {
  const std::expected<Settings, std::string> settings = parse_settings(outside.settings);
  if (!settings) return std::unexpected(Failure{Failure::Kind::reject, settings.error()});
  const std::expected<Request, std::string> request = read_event(event_type, event_data, *settings);
  if (!request) return std::unexpected(Failure{Failure::Kind::reject, request.error()});
  switch (request->kind) {
    case Request::Kind::ignored:
      return told("ignored", request->why);
    case Request::Kind::report:
      return report(*request, *settings, outside);
    case Request::Kind::push:
    case Request::Kind::command:
      break;
  }
  return review_and_post(*request, *settings, outside);
}

}  // namespace review
