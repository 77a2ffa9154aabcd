// The component: wit/github.wit's functions over `Pulls`, and `Outside` over the imports. Nothing else knows
// the bindings.
#include <sluice/text.h>
#include <sluice/world.h>

#include <new>
#include <type_traits>
#include <utility>

#include "pulls.h"

namespace {

namespace abi = exports::sluice::github::pulls;
namespace client = sluice::http::client;
using sluice::guest::to_wit;
using sluice::guest::view;

constexpr std::string_view user_agent = "sluice-github";
constexpr std::string_view api_version = "2022-11-28";

// The bindings' vectors have a fixed length and are filled in place.
template <class To, class From, class Convert>
wit::vector<To> to_list(std::vector<From>&& from, Convert convert) {
  wit::vector<To> list = wit::vector<To>::allocate(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) list.initialize(i, convert(std::move(from[i])));
  return list;
}

client::Header text_header(std::string_view name, std::string_view value) {
  return {to_wit(name), {client::HeaderValue::Text{to_wit(value)}}};
}

wit::vector<client::Header> headers_of(const github::HttpRequest& request) {
  constexpr std::size_t own = 3;
  auto headers = wit::vector<client::Header>::allocate(request.headers.size() + own);
  client::SecretUse token{to_wit("token"), to_wit("Bearer ")};
  headers.initialize(0, {to_wit("authorization"), {client::HeaderValue::Secret{std::move(token)}}});
  headers.initialize(1, text_header("user-agent", user_agent));
  headers.initialize(2, text_header("x-github-api-version", api_version));
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    headers.initialize(own + i, text_header(request.headers[i].first, request.headers[i].second));
  }
  return headers;
}

github::HttpFailure failure_of(client::Error& error) {
  using Kind = github::HttpFailure::Kind;
  if (auto* refused = std::get_if<client::Error::Refused>(&error.variants)) {
    return {Kind::refused, refused->value.to_string()};
  }
  if (auto* unreachable = std::get_if<client::Error::Unreachable>(&error.variants)) {
    return {Kind::unreachable, "not reachable: " + unreachable->value.to_string()};
  }
  if (auto* large = std::get_if<client::Error::TooLarge>(&error.variants)) {
    return {Kind::too_large, "the answer is larger than " + std::to_string(large->value) + " bytes"};
  }
  if (auto* malformed = std::get_if<client::Error::Invalid>(&error.variants)) {
    return {Kind::malformed, malformed->value.to_string()};
  }
  return {Kind::timeout, "no answer in time"};
}

class Imports final : public github::Outside {
 public:
  std::expected<github::HttpAnswer, github::HttpFailure> send(const github::HttpRequest& request) override {
    client::Request sent{to_wit(request.method),
                         to_wit(request.url),
                         {},
                         headers_of(request),
                         to_wit(request.body),
                         0,
                         std::nullopt};
    auto got = client::Send(std::move(sent));
    if (!got) return std::unexpected(failure_of(got.error()));
    github::HttpAnswer answer;
    answer.status = got->status;
    for (const auto& [name, value] : got->headers.get_view())
      answer.headers.emplace_back(view(name), view(value));
    answer.body = view(got->body);
    return answer;
  }

  void sleep(std::uint32_t ms) override { sluice::time::timer::Sleep(ms); }

  std::uint64_t now() override { return wasi::clocks::wall_clock::Now().seconds; }

  std::optional<std::string> setting(std::string_view name) override {
    // All at once: one call over the link instead of one for each setting.
    if (!settings_) {
      settings_.emplace(wasi::config::store::GetAll());
      if (!settings_->has_value())
        log(github::LogLevel::warn, "the settings cannot be read; defaults are used");
    }
    if (!settings_->has_value()) return std::nullopt;
    for (const auto& [key, value] : (*settings_)->get_const_view()) {
      if (view(key) == name) return value.to_string();
    }
    return std::nullopt;
  }

  std::optional<std::string> recall(std::string_view key) override {
    return found(sluice::kv::store::Get(key));
  }

  void remember(std::string_view key, std::string_view value) override {
    // What cannot be kept is asked for again next time.
    if (auto kept = sluice::kv::store::Set(key, value); !kept)
      log(github::LogLevel::debug, "not kept: key-value store");
  }

  void log(github::LogLevel level, std::string_view message) override {
    using Level = wasi::logging::logging::Level;
    const Level to = level == github::LogLevel::warn   ? Level::kWarn
                     : level == github::LogLevel::info ? Level::kInfo
                                                       : Level::kDebug;
    wasi::logging::logging::Log(to, "github", message);
  }

 private:
  template <class Found>
  static std::optional<std::string> found(Found answer) {
    if (!answer || !answer->has_value()) return std::nullopt;
    return (*answer)->to_string();
  }

  std::optional<decltype(wasi::config::store::GetAll())> settings_;
};

abi::Error to_abi(const github::Problem& problem) {
  using Kind = github::Problem::Kind;
  switch (problem.kind) {
    case Kind::not_found:
      return {abi::Error::NotFound{}};
    case Kind::forbidden:
      return {abi::Error::Forbidden{to_wit(problem.text)}};
    case Kind::rate_limited:
      return {abi::Error::RateLimited{problem.seconds}};
    case Kind::invalid:
      return {abi::Error::Invalid{to_wit(problem.text)}};
    case Kind::unavailable:
      break;
  }
  return {abi::Error::Unavailable{to_wit(problem.text)}};
}

std::optional<wit::string> to_abi(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return to_wit(*text);
}

abi::File to_abi(github::File file) {
  return {to_wit(file.path),
          to_abi(file.previous_path),
          static_cast<abi::FileStatus>(file.status),
          file.additions,
          file.deletions,
          to_abi(file.patch)};
}

abi::Commit to_abi(github::Commit commit) {
  return {to_wit(commit.sha), to_wit(commit.message), to_wit(commit.author)};
}

abi::Comment to_abi(github::Comment comment) {
  return {comment.id, to_wit(comment.author), to_wit(comment.body), comment.mine};
}

abi::PullRequest to_abi(github::PullRequest pull) {
  return {pull.number,
          to_wit(pull.title),
          to_wit(pull.body),
          to_wit(pull.author),
          pull.draft,
          to_list<wit::string>(std::move(pull.labels), [](std::string&& label) { return to_wit(label); }),
          to_wit(pull.base_sha),
          to_wit(pull.head_sha),
          to_wit(pull.base_ref),
          to_wit(pull.head_ref),
          to_wit(pull.url)};
}

abi::Permission to_abi(github::Permission permission) {
  return static_cast<abi::Permission>(permission);
}

template <class To, class From>
wit::vector<To> to_abi(std::vector<From> from) {
  return to_list<To>(std::move(from), [](From&& item) { return to_abi(std::move(item)); });
}

// Opens the pull request and gives what `operation` makes of it, as the bindings want it.
template <class To, class Operation>
std::expected<To, abi::Error> with_pulls(const wit::string& owner, const wit::string& repo,
                                         std::uint32_t number, Operation operation) {
  Imports imports;
  github::Outcome<github::Pulls> pulls = github::Pulls::open(imports, view(owner), view(repo), number);
  if (!pulls) return std::unexpected(to_abi(pulls.error()));
  auto outcome = operation(*pulls);
  if (!outcome) return std::unexpected(to_abi(outcome.error()));
  if constexpr (std::is_void_v<To>) {
    return {};
  } else if constexpr (std::is_same_v<To, std::uint64_t>) {
    return *outcome;
  } else if constexpr (std::is_same_v<To, wit::string>) {
    return to_wit(*outcome);
  } else if constexpr (requires { to_abi(std::move(*outcome)); }) {
    return to_abi(std::move(*outcome));
  } else {
    return to_abi<std::remove_cvref_t<decltype(*std::declval<To>().data())>>(std::move(*outcome));
  }
}

}  // namespace

namespace exports::sluice::github::pulls {

namespace core = ::github;

std::expected<PullRequest, Error> Get(wit::string owner, wit::string repo, uint32_t number) {
  return with_pulls<PullRequest>(owner, repo, number, [](core::Pulls& pulls) { return pulls.get(); });
}

std::expected<wit::vector<File>, Error> Files(wit::string owner, wit::string repo, uint32_t number) {
  return with_pulls<wit::vector<File>>(owner, repo, number, [](core::Pulls& pulls) { return pulls.files(); });
}

std::expected<wit::vector<Commit>, Error> Commits(wit::string owner, wit::string repo, uint32_t number) {
  return with_pulls<wit::vector<Commit>>(owner, repo, number,
                                         [](core::Pulls& pulls) { return pulls.commits(); });
}

std::expected<wit::vector<File>, Error> Compare(wit::string owner, wit::string repo, uint32_t number,
                                                wit::string base, wit::string head) {
  return with_pulls<wit::vector<File>>(
      owner, repo, number, [&](core::Pulls& pulls) { return pulls.compare(view(base), view(head)); });
}

std::expected<wit::string, Error> Content(wit::string owner, wit::string repo, uint32_t number,
                                          wit::string path, wit::string ref) {
  return with_pulls<wit::string>(owner, repo, number,
                                 [&](core::Pulls& pulls) { return pulls.content(view(path), view(ref)); });
}

std::expected<wit::vector<Comment>, Error> Comments(wit::string owner, wit::string repo, uint32_t number) {
  return with_pulls<wit::vector<Comment>>(owner, repo, number,
                                          [](core::Pulls& pulls) { return pulls.comments(); });
}

std::expected<uint64_t, Error> CreateComment(wit::string owner, wit::string repo, uint32_t number,
                                             wit::string body) {
  return with_pulls<uint64_t>(owner, repo, number,
                              [&](core::Pulls& pulls) { return pulls.create_comment(view(body)); });
}

std::expected<void, Error> UpdateComment(wit::string owner, wit::string repo, uint32_t number, uint64_t id,
                                         wit::string body) {
  return with_pulls<void>(owner, repo, number,
                          [&](core::Pulls& pulls) { return pulls.update_comment(id, view(body)); });
}

std::expected<wit::vector<Comment>, Error> ReviewComments(wit::string owner, wit::string repo,
                                                          uint32_t number) {
  return with_pulls<wit::vector<Comment>>(owner, repo, number,
                                          [](core::Pulls& pulls) { return pulls.review_comments(); });
}

std::expected<uint64_t, Error> CreateReview(wit::string owner, wit::string repo, uint32_t number,
                                            wit::string commit, wit::string body,
                                            wit::vector<ReviewComment> comments) {
  std::vector<core::ReviewComment> given;
  given.reserve(comments.size());
  for (const ReviewComment& comment : comments.get_view()) {
    given.push_back({comment.path.to_string(), static_cast<core::Side>(comment.side), comment.line,
                     comment.start_line, comment.body.to_string()});
  }
  return with_pulls<uint64_t>(owner, repo, number, [&](core::Pulls& pulls) {
    return pulls.create_review(view(commit), view(body), given);
  });
}

std::expected<Permission, Error> PermissionOf(wit::string owner, wit::string repo, uint32_t number,
                                              wit::string login) {
  return with_pulls<Permission>(owner, repo, number,
                                [&](core::Pulls& pulls) { return pulls.permission_of(view(login)); });
}

}  // namespace exports::sluice::github::pulls
