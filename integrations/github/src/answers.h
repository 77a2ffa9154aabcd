// GitHub's JSON, read into the structs of model.h.
//
// What GitHub documents as absent or null (a description, the account of a deleted user, a patch) becomes
// empty, "ghost" or nothing. A field of another type than documented makes the answer `unavailable`, with the
// field's name: whatever sent it is not the API that this was made for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model.h"
#include "problem.h"

namespace github {

// `what` names the request in messages.
[[nodiscard]] Outcome<PullRequest> read_pull(std::string_view body, std::string_view what);
[[nodiscard]] Outcome<std::vector<File>> read_files(std::string_view body, std::string_view what);
// The `files` of a comparison.
[[nodiscard]] Outcome<std::vector<File>> read_comparison(std::string_view body, std::string_view what);
[[nodiscard]] Outcome<std::vector<Commit>> read_commits(std::string_view body, std::string_view what);
// Comments of the conversation, or inline ones. `mine` is whether `login` wrote it.
[[nodiscard]] Outcome<std::vector<Comment>> read_comments(std::string_view body, std::string_view what,
                                                          std::string_view login);

struct CommentOrigin {
  std::string author;
  std::string issue_url;
};
[[nodiscard]] Outcome<CommentOrigin> read_comment_origin(std::string_view body, std::string_view what);

// `id` of what was made.
[[nodiscard]] Outcome<std::uint64_t> read_id(std::string_view body, std::string_view what);
[[nodiscard]] Outcome<std::string> read_login(std::string_view body, std::string_view what);
[[nodiscard]] Outcome<Permission> read_permission(std::string_view body, std::string_view what);
// The decoded text of a file; `invalid` where it is a folder, a submodule, too large or no text.
[[nodiscard]] Outcome<std::string> read_content(std::string_view body, std::string_view what);

// What GitHub says of a request that it refused, on one line: its message, and the errors that it lists.
[[nodiscard]] std::string read_error(std::string_view body);

}  // namespace github
