// Any bytes as an answer of GitHub: read or refused, never worse, and a refusal is one short line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "answers.h"
#include "client.h"
#include "names.h"
#include "text.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

template <class T>
void check(const github::Outcome<T>& outcome) {
  if (outcome) return;
  const github::Problem& problem = outcome.error();
  require(problem.kind == github::Problem::Kind::unavailable ||
          problem.kind == github::Problem::Kind::invalid);
  require(!problem.text.empty() && problem.text.size() < 2000);
  require(github::is_text(problem.text) && problem.text.find('\n') == problem.text.npos);
}

void read_as_body(std::string_view body) {
  check(github::read_pull(body, "GET /x"));
  check(github::read_files(body, "GET /x"));
  check(github::read_comparison(body, "GET /x"));
  check(github::read_commits(body, "GET /x"));
  check(github::read_comments(body, "GET /x", "octocat"));
  check(github::read_comment_origin(body, "GET /x"));
  check(github::read_id(body, "GET /x"));
  check(github::read_login(body, "GET /x"));
  check(github::read_permission(body, "GET /x"));
  const github::Outcome<std::string> content = github::read_content(body, "GET /x");
  check(content);
  if (content) require(github::is_text(*content));
  const std::string error = github::read_error(body);
  require(github::is_text(error) && error.size() < 2000);
}

void read_as_name(std::string_view name) {
  const github::Outcome<std::string> path = github::encoded_path(name);
  check(path);
  if (path) require(("/" + *path + "/").find("/../") == std::string::npos);
  check(github::target_of(name, name, 1));
  check(github::encoded_ref(name));
  check(github::encoded_login(name));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_as_body(text);
  read_as_name(text);
  return 0;
}
