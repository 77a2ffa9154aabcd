#include "event.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "text.h"

namespace review {
namespace {

using Json = nlohmann::json;

const Json* find(const Json& value, std::string_view key) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(key);
  return found == value.end() ? nullptr : &*found;
}

// The member that the dotted path leads to, if it is a text; else an empty one.
std::string text_at(const Json& value, std::string_view path) {
  const Json* at = &value;
  while (!path.empty() && at != nullptr) at = find(*at, take_until(path, '.'));
  const std::string* text = at == nullptr ? nullptr : at->get_ptr<const std::string*>();
  return text == nullptr ? std::string() : *text;
}

std::optional<std::uint32_t> number_at(const Json& value, std::string_view path) {
  const Json* at = &value;
  while (!path.empty() && at != nullptr) at = find(*at, take_until(path, '.'));
  if (at == nullptr || !at->is_number_unsigned()) return std::nullopt;
  const auto number = *at->get_ptr<const Json::number_unsigned_t*>();
  if (number == 0 || number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

Request ignored(std::string why) {
  return {.kind = Request::Kind::ignored, .pull = {}, .asked_by = {}, .why = std::move(why)};
}

std::unexpected<std::string> lacks(std::string_view type, std::string_view what) {
  return std::unexpected(concat("the payload of ", type, " has no ", what));
}

std::expected<PullRef, std::string> pull_of(std::string_view type, const Json& data,
                                            std::string_view number_path) {
  PullRef pull{.owner = text_at(data, "repository.owner.login"),
               .repo = text_at(data, "repository.name"),
               .number = 0};
  if (pull.owner.empty()) return lacks(type, "repository.owner.login");
  if (pull.repo.empty()) return lacks(type, "repository.name");
  const std::optional<std::uint32_t> number = number_at(data, number_path);
  if (!number) return lacks(type, number_path);
  pull.number = *number;
  return pull;
}

std::expected<Request, std::string> read_report(std::string_view type, const Json& data) {
  Request request{.kind = Request::Kind::report, .pull = {}, .asked_by = {}, .why = {}};
  request.pull.owner = text_at(data, "owner");
  request.pull.repo = text_at(data, "repo");
  const std::optional<std::uint32_t> number = number_at(data, "number");
  if (request.pull.owner.empty()) return lacks(type, "owner");
  if (request.pull.repo.empty()) return lacks(type, "repo");
  if (!number) return lacks(type, "number");
  request.pull.number = *number;
  const Json* format = find(data, "format");
  if (format == nullptr) return request;
  const std::string name = text_at(data, "format");
  const std::optional<Format> known = format_named(name);
  if (!known) return std::unexpected(concat("format \"", name, "\" is none of markdown, json, sarif, html"));
  request.format = *known;
  return request;
}

std::expected<Request, std::string> read_pull_request(std::string_view type, std::string_view action,
                                                      const Json& data) {
  if (action != "opened" && action != "reopened" && action != "ready_for_review" && action != "synchronize") {
    return ignored(concat("the pull request's action \"", action, "\" asks for no review"));
  }
  if (text_at(data, "pull_request.state") == "closed") return ignored("the pull request is closed");
  std::expected<PullRef, std::string> pull = pull_of(type, data, "pull_request.number");
  if (!pull) return std::unexpected(pull.error());
  return Request{.kind = Request::Kind::push, .pull = std::move(*pull), .asked_by = {}, .why = {}};
}

std::expected<Request, std::string> read_comment(std::string_view type, std::string_view action,
                                                 const Json& data, const Settings& settings) {
  if (action != "created") return ignored(concat("a comment's action \"", action, "\" asks for no review"));
  const Json* issue = find(data, "issue");
  if (issue == nullptr) return lacks(type, "issue");
  const Json* pull_link = find(*issue, "pull_request");
  if (pull_link == nullptr || !pull_link->is_object())
    return ignored("the comment is on an issue, not on a pull request");
  if (!is_command(text_at(data, "comment.body"), settings.command)) {
    return ignored(concat("the comment does not begin with ", settings.command));
  }
  std::string login = text_at(data, "comment.user.login");
  if (login.empty()) return lacks(type, "comment.user.login");
  if (text_at(data, "comment.user.type") != "User" || text_at(data, "sender.type") != "User") {
    return ignored(concat(login, " is not a person: bots give no commands"));
  }
  if (text_at(data, "issue.state") == "closed") return ignored("the pull request is closed");
  std::expected<PullRef, std::string> pull = pull_of(type, data, "issue.number");
  if (!pull) return std::unexpected(pull.error());
  return Request{
      .kind = Request::Kind::command, .pull = std::move(*pull), .asked_by = std::move(login), .why = {}};
}

}  // namespace

std::expected<Request, std::string> read_event(std::string_view type, std::string_view data,
                                               const Settings& settings) {
  constexpr std::string_view on_pull_request = "com.github.pull_request.";
  constexpr std::string_view on_comment = "com.github.issue_comment.";
  const bool pull_request = type.starts_with(on_pull_request);
  const bool comment = type.starts_with(on_comment);
  const bool report = type == "sluice.review.requested";
  if (!pull_request && !comment && !report)
    return ignored(concat("events of type \"", type, "\" ask for no review"));

  const Json json = Json::parse(data, nullptr, false);
  if (!json.is_object()) return std::unexpected(concat("the payload of ", type, " is not a JSON object"));
  if (report) return read_report(type, json);
  if (pull_request) return read_pull_request(type, type.substr(on_pull_request.size()), json);
  return read_comment(type, type.substr(on_comment.size()), json, settings);
}

bool is_command(std::string_view comment, std::string_view phrase) {
  std::string_view line;
  while (line.empty() && !comment.empty()) line = trim(take_until(comment, '\n'));
  if (line.size() < phrase.size() || !equal_ignoring_case(line.substr(0, phrase.size()), phrase))
    return false;
  return line.size() == phrase.size() || is_space(line[phrase.size()]);
}

}  // namespace review
