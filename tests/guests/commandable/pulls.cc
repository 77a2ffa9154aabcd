// {"do": "pulls", "function": NAME, "owner": …, "repo": …, "number": …, …}: calls over sluice:github/pulls.
#include <sluice/world.h>

#include "command.h"

namespace commandable {
namespace {
namespace pulls = ::sluice::github::pulls;

std::string describe(const pulls::Error& error) {
  struct Visitor {
    std::string operator()(const pulls::Error::NotFound&) { return "not-found"; }
    std::string operator()(const pulls::Error::Forbidden& e) { return "forbidden: " + e.value.to_string(); }
    std::string operator()(const pulls::Error::RateLimited& e) {
      return "rate-limited: " + std::to_string(e.value);
    }
    std::string operator()(const pulls::Error::Invalid& e) { return "invalid: " + e.value.to_string(); }
    std::string operator()(const pulls::Error::Unavailable& e) {
      return "unavailable: " + e.value.to_string();
    }
  };
  return std::visit(Visitor{}, error.variants);
}

template <class T, class Show>
Answer answer(const std::expected<T, pulls::Error>& result, Show show) {
  if (!result) return reject("pulls: " + describe(result.error()));
  if constexpr (std::is_void_v<T>) {
    return done(show());
  } else {
    return done(show(*result));
  }
}

Json show_comments(const wit::vector<pulls::Comment>& comments) {
  Json out = Json::array();
  for (const auto& comment : comments.get_const_view()) {
    out.push_back({{"id", comment.id},
                   {"author", comment.author.to_string()},
                   {"body", comment.body.to_string()},
                   {"mine", comment.mine}});
  }
  return out;
}

Json show_files(const wit::vector<pulls::File>& files) {
  Json out = Json::array();
  for (const auto& file : files.get_const_view()) {
    out.push_back({{"path", file.path.to_string()},
                   {"additions", file.additions},
                   {"deletions", file.deletions},
                   {"patch", file.patch ? Json(file.patch->to_string()) : Json(nullptr)}});
  }
  return out;
}

Answer call(const Json& command) {
  const std::string function = text_of(command, "function");
  const std::string owner = text_of(command, "owner");
  const std::string repo = text_of(command, "repo");
  const auto number = static_cast<std::uint32_t>(number_of(command, "number", 0));
  if (function == "get") {
    return answer(pulls::Get(owner, repo, number), [](const pulls::PullRequest& pull) {
      return Json{{"number", pull.number},
                  {"title", pull.title.to_string()},
                  {"author", pull.author.to_string()},
                  {"head", pull.head_sha.to_string()}};
    });
  }
  if (function == "files") return answer(pulls::Files(owner, repo, number), show_files);
  if (function == "comments") return answer(pulls::Comments(owner, repo, number), show_comments);
  if (function == "review-comments") return answer(pulls::ReviewComments(owner, repo, number), show_comments);
  if (function == "create-comment") {
    return answer(pulls::CreateComment(owner, repo, number, text_of(command, "body")),
                  [](std::uint64_t id) { return Json{{"id", id}}; });
  }
  if (function == "update-comment") {
    return answer(
        pulls::UpdateComment(owner, repo, number, number_of(command, "id", 0), text_of(command, "body")),
        [] { return Json{{"updated", true}}; });
  }
  return reject("pulls: no function `" + function + "`");
}

}  // namespace

Run find_pulls(std::string_view name) {
  return name == "pulls" ? call : nullptr;
}

}  // namespace commandable
