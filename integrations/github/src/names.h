// Checks of what callers name, before any of it becomes part of a URL. GitHub's own rules decide what is a
// name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "problem.h"

namespace github {

// One pull request: what every operation is about. Made only by `target_of`, so its parts are safe in a URL.
struct Target {
  std::string owner;
  std::string repo;
  std::uint32_t number = 0;

  // `/repos/OWNER/REPO`
  [[nodiscard]] std::string path() const { return "/repos/" + owner + "/" + repo; }
};

[[nodiscard]] Outcome<Target> target_of(std::string_view owner, std::string_view repo, std::uint32_t number);

// A full or shortened commit id.
[[nodiscard]] Outcome<std::string> commit_of(std::string_view sha, std::string_view what);

// A branch, tag or commit, for a query: percent-encoded.
[[nodiscard]] Outcome<std::string> encoded_ref(std::string_view ref);

// The path of a file in a repository, each part percent-encoded.
[[nodiscard]] Outcome<std::string> encoded_path(std::string_view path);

// An account, e.g. `octocat` or `my-app[bot]`, percent-encoded.
[[nodiscard]] Outcome<std::string> encoded_login(std::string_view login);

}  // namespace github
