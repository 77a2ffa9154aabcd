// The review function's binding to its world: the one file that sees the generated bindings.

#include <sluice/handler.h>
#include <sluice/log.h>
#include <sluice/text.h>
#include <sluice/world.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "guest_model.h"
#include "handler.h"

namespace {

namespace github = sluice::github::pulls;
namespace guest = sluice::guest;
using guest::to_wit;
using guest::view;
using review::PullError;
using review::PullRef;
using review::PullResult;

std::string text(const wit::string& from) {
  return std::string(view(from));
}

// The text stays where the host put it.
review::Text take(wit::string& from) {
  if (from.empty()) return {};
  review::Text taken(const_cast<char*>(from.data()), from.size());
  from.leak();
  return taken;
}

std::unexpected<PullError> error(const github::Error& from) {
  using Kind = PullError::Kind;
  PullError out;
  if (std::holds_alternative<github::Error::NotFound>(from.variants)) {
    out.kind = Kind::not_found;
  } else if (const auto* forbidden = std::get_if<github::Error::Forbidden>(&from.variants)) {
    out.kind = Kind::forbidden;
    out.text = text(forbidden->value);
  } else if (const auto* limited = std::get_if<github::Error::RateLimited>(&from.variants)) {
    out.kind = Kind::rate_limited;
    out.seconds = limited->value;
  } else if (const auto* invalid = std::get_if<github::Error::Invalid>(&from.variants)) {
    out.kind = Kind::invalid;
    out.text = text(invalid->value);
  } else if (const auto* unavailable = std::get_if<github::Error::Unavailable>(&from.variants)) {
    out.kind = Kind::unavailable;
    out.text = text(unavailable->value);
  }
  return std::unexpected(std::move(out));
}

review::FileStatus status(github::FileStatus from) {
  switch (from) {
    case github::FileStatus::kAdded:
      return review::FileStatus::added;
    case github::FileStatus::kModified:
      return review::FileStatus::modified;
    case github::FileStatus::kRemoved:
      return review::FileStatus::removed;
    case github::FileStatus::kRenamed:
      return review::FileStatus::renamed;
    case github::FileStatus::kCopied:
      return review::FileStatus::copied;
    case github::FileStatus::kChanged:
      return review::FileStatus::changed;
    case github::FileStatus::kUnchanged:
      return review::FileStatus::unchanged;
  }
  return review::FileStatus::modified;
}

review::Permission permission(github::Permission from) {
  switch (from) {
    case github::Permission::kNone:
      return review::Permission::none;
    case github::Permission::kRead:
      return review::Permission::read;
    case github::Permission::kTriage:
      return review::Permission::triage;
    case github::Permission::kWrite:
      return review::Permission::write;
    case github::Permission::kMaintain:
      return review::Permission::maintain;
    case github::Permission::kAdmin:
      return review::Permission::admin;
  }
  return review::Permission::none;
}

// Of other people's comments nothing is kept: only our own are read.
std::vector<review::PostedComment> own(wit::vector<github::Comment>& from) {
  std::vector<review::PostedComment> out;
  for (const github::Comment& comment : from.get_view()) {
    if (comment.mine) out.push_back({comment.id, text(comment.body), true});
  }
  return out;
}

class GithubPulls final : public review::Pulls {
 public:
  PullResult<review::PullRequest> get(const PullRef& pull) override {
    auto got = github::Get(pull.owner, pull.repo, pull.number);
    if (!got) return error(got.error());
    review::PullRequest out{.number = got->number,
                            .title = text(got->title),
                            .body = text(got->body),
                            .author = text(got->author),
                            .draft = got->draft,
                            .labels = {},
                            .base_sha = text(got->base_sha),
                            .head_sha = text(got->head_sha),
                            .url = text(got->url)};
    for (const wit::string& label : got->labels.get_view()) out.labels.push_back(text(label));
    return out;
  }

  PullResult<std::vector<review::PullFile>> files(const PullRef& pull) override {
    auto got = github::Files(pull.owner, pull.repo, pull.number);
    if (!got) return error(got.error());
    std::vector<review::PullFile> out;
    out.reserve(got->size());
    for (github::File& file : got->get_view()) {
      review::PullFile& to = out.emplace_back();
      to.path = text(file.path);
      if (file.previous_path) to.previous_path = text(*file.previous_path);
      to.status = status(file.status);
      to.additions = file.additions;
      to.deletions = file.deletions;
      if (file.patch) to.patch = take(*file.patch);
    }
    return out;
  }

  PullResult<std::vector<review::PostedComment>> comments(const PullRef& pull) override {
    auto got = github::Comments(pull.owner, pull.repo, pull.number);
    if (!got) return error(got.error());
    return own(*got);
  }

  PullResult<std::uint64_t> create_comment(const PullRef& pull, std::string_view body) override {
    auto got = github::CreateComment(pull.owner, pull.repo, pull.number, body);
    if (!got) return error(got.error());
    return *got;
  }

  PullResult<void> update_comment(const PullRef& pull, std::uint64_t id, std::string_view body) override {
    auto got = github::UpdateComment(pull.owner, pull.repo, pull.number, id, body);
    if (!got) return error(got.error());
    return {};
  }

  PullResult<std::vector<review::PostedComment>> review_comments(const PullRef& pull) override {
    auto got = github::ReviewComments(pull.owner, pull.repo, pull.number);
    if (!got) return error(got.error());
    return own(*got);
  }

  PullResult<std::uint64_t> create_review(const PullRef& pull, std::string_view commit, std::string_view body,
                                          std::span<const review::InlineComment> comments) override {
    std::vector<github::ReviewComment> list;
    list.reserve(comments.size());
    for (const review::InlineComment& comment : comments) {
      list.push_back(
          {.path = to_wit(comment.path),
           .side = comment.side == review::Side::left ? github::Side::kLeft : github::Side::kRight,
           .line = comment.line,
           .start_line = comment.start_line == 0 ? std::nullopt : std::optional(comment.start_line),
           .body = to_wit(comment.body)});
    }
    auto got = github::CreateReview(pull.owner, pull.repo, pull.number, commit, body, list);
    if (!got) return error(got.error());
    return *got;
  }

  PullResult<review::Permission> permission_of(const PullRef& pull, std::string_view login) override {
    auto got = github::PermissionOf(pull.owner, pull.repo, pull.number, login);
    if (!got) return error(got.error());
    return permission(*got);
  }
};

class WallClock final : public review::Clock {
 public:
  std::uint64_t now_ms() override {
    const auto now = wasi::clocks::wall_clock::Now();
    return now.seconds * 1000 + now.nanoseconds / 1'000'000;
  }
};

class RunLog final : public review::Log {
 public:
  void info(std::string_view message) override {
    guest::log::write(guest::log::Level::kInfo, "review", message);
  }
  void progress(std::string_view message) override {
    guest::log::write(guest::log::Level::kDebug, "progress", message);
  }
};

}  // namespace

guest::Outcome exports::sluice::events::handler::Handle(::sluice::events::types::Event event) {
  auto config = wasi::config::store::GetAll();
  if (!config) {
    return guest::retry(
        "the settings could not be read: " +
        std::visit([](const auto& e) { return e.value.to_string(); }, config.error().variants));
  }
  std::vector<review::SettingPair> settings;
  for (const auto& [key, value] : config->get_view()) settings.emplace_back(view(key), view(value));

  GithubPulls pulls;
  WallClock clock;
  RunLog log;
  review::LinkedModel model;
  const auto result =
      review::handle(view(event.type), view(event.data), {pulls, clock, log, settings, &model});
  if (result) return guest::done(*result);
  return result.error().kind == review::Failure::Kind::retry ? guest::retry(result.error().text)
                                                             : guest::reject(result.error().text);
}
