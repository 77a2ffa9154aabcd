// The operations of `sluice:github/pulls`; wit/github.wit says what each promises.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client.h"
#include "model.h"
#include "names.h"
#include "problem.h"

namespace github {

class Pulls {
 public:
  // Checks the names; lives for one call.
  [[nodiscard]] static Outcome<Pulls> open(Outside& outside, std::string_view owner, std::string_view repo,
                                           std::uint32_t number);

  [[nodiscard]] Outcome<PullRequest> get();
  [[nodiscard]] Outcome<std::vector<File>> files();
  [[nodiscard]] Outcome<std::vector<Commit>> commits();
  [[nodiscard]] Outcome<std::vector<File>> compare(std::string_view base, std::string_view head);
  [[nodiscard]] Outcome<std::string> content(std::string_view path, std::string_view ref);
  [[nodiscard]] Outcome<std::vector<Comment>> comments();
  [[nodiscard]] Outcome<std::uint64_t> create_comment(std::string_view body);
  [[nodiscard]] Outcome<void> update_comment(std::uint64_t id, std::string_view body);
  [[nodiscard]] Outcome<std::vector<Comment>> review_comments();
  [[nodiscard]] Outcome<std::uint64_t> create_review(std::string_view commit, std::string_view body,
                                                     const std::vector<ReviewComment>& comments);
  [[nodiscard]] Outcome<Permission> permission_of(std::string_view login);

 private:
  Pulls(Client client, Target target) : client_(std::move(client)), target_(std::move(target)) {}

  [[nodiscard]] std::string pull_path() const;
  [[nodiscard]] std::string issue_path() const;
  // The account behind the token.
  [[nodiscard]] Outcome<std::string> own_login();
  [[nodiscard]] Outcome<std::vector<Comment>> all_comments(const std::string& path);

  Client client_;
  Target target_;
};

}  // namespace github
