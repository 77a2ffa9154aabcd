// A pull request in memory that answers as strictly as GitHub: inline comments outside the diff are refused
// as a whole.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "diff.h"
#include "pulls.h"

namespace review {

class FakePulls final : public Pulls {
 public:
  PullRequest about;
  struct File {
    std::string path;
    std::string previous_path;
    FileStatus status = FileStatus::modified;
    std::optional<std::string> patch;
    std::uint32_t additions = 0;  // of a file without a patch
  };
  std::vector<File> changed;
  std::map<std::string, Permission> permissions;
  std::vector<PostedComment> conversation;
  struct Inline {
    PostedComment comment;
    InlineComment what;
  };
  std::vector<Inline> inline_comments;
  std::vector<std::string> calls;  // names of the calls, in order
  // The next call of that name fails with the error; used once.
  std::map<std::string, PullError> failures;

  PullResult<PullRequest> get(const PullRef& pull) override {
    if (auto error = begin("get", pull)) return std::unexpected(*error);
    return about;
  }

  PullResult<std::vector<PullFile>> files(const PullRef& pull) override {
    if (auto error = begin("files", pull)) return std::unexpected(*error);
    std::vector<PullFile> out;
    for (const File& file : changed) {
      PullFile& to = out.emplace_back();
      to.path = file.path;
      to.previous_path = file.previous_path;
      to.status = file.status;
      to.additions = file.additions;
      if (!file.patch) continue;
      const FileChange parsed = parse_file_change(file.path, {}, file.status, *file.patch);
      to.additions = count_lines(parsed, Line::Op::added);
      to.deletions = count_lines(parsed, Line::Op::deleted);
      to.patch = Text::copy_of(*file.patch);
    }
    return out;
  }

  PullResult<std::vector<PostedComment>> comments(const PullRef& pull) override {
    if (auto error = begin("comments", pull)) return std::unexpected(*error);
    return conversation;
  }

  PullResult<std::uint64_t> create_comment(const PullRef& pull, std::string_view body) override {
    if (auto error = begin("create-comment", pull)) return std::unexpected(*error);
    if (body.size() > 65'536)
      return std::unexpected(PullError{PullError::Kind::invalid, "body is too long", 0});
    conversation.push_back({++last_id_, std::string(body), true});
    return last_id_;
  }

  PullResult<void> update_comment(const PullRef& pull, std::uint64_t id, std::string_view body) override {
    if (auto error = begin("update-comment", pull)) return std::unexpected(*error);
    for (PostedComment& comment : conversation) {
      if (comment.id != id) continue;
      comment.body = body;
      return {};
    }
    return std::unexpected(PullError{PullError::Kind::not_found, {}, 0});
  }

  PullResult<std::vector<PostedComment>> review_comments(const PullRef& pull) override {
    if (auto error = begin("review-comments", pull)) return std::unexpected(*error);
    std::vector<PostedComment> out;
    for (const Inline& entry : inline_comments) out.push_back(entry.comment);
    return out;
  }

  PullResult<std::uint64_t> create_review(const PullRef& pull, std::string_view commit,
                                          std::string_view /*body*/,
                                          std::span<const InlineComment> comments) override {
    if (auto error = begin("create-review", pull)) return std::unexpected(*error);
    if (commit != about.head_sha)
      return std::unexpected(PullError{PullError::Kind::invalid, "no such commit", 0});
    for (const InlineComment& comment : comments) {
      if (!in_diff(comment)) {
        return std::unexpected(PullError{PullError::Kind::invalid, "line must be part of the diff", 0});
      }
    }
    for (const InlineComment& comment : comments) {
      inline_comments.push_back({{++last_id_, comment.body, true}, comment});
    }
    return ++last_id_;
  }

  PullResult<Permission> permission_of(const PullRef& pull, std::string_view login) override {
    if (auto error = begin("permission-of", pull)) return std::unexpected(*error);
    const auto found = permissions.find(std::string(login));
    return found == permissions.end() ? Permission::none : found->second;
  }

  [[nodiscard]] std::size_t count(std::string_view call) const {
    std::size_t number = 0;
    for (const std::string& name : calls) number += name == call ? 1U : 0U;
    return number;
  }

  // Whether the line is one that GitHub takes a comment on: deleted on the left, added or context on the
  // right.
  [[nodiscard]] bool in_diff(const InlineComment& comment) const {
    for (const File& file : changed) {
      if (file.path != comment.path || !file.patch) continue;
      const Patch patch = parse_patch(*file.patch);
      for (const Hunk& hunk : patch.hunks) {
        if (has_line(hunk, comment.side, comment.line) &&
            (comment.start_line == 0 ||
             (comment.start_line < comment.line && has_line(hunk, comment.side, comment.start_line)))) {
          return true;
        }
      }
    }
    return false;
  }

 private:
  static bool has_line(const Hunk& hunk, Side side, std::uint32_t number) {
    for (const Line& line : hunk.lines) {
      if (side == Side::left && line.op == Line::Op::deleted && line.old_line == number) return true;
      if (side == Side::right && line.op != Line::Op::deleted && line.new_line == number) return true;
    }
    return false;
  }

  std::optional<PullError> begin(const std::string& call, const PullRef& pull) {
    calls.push_back(call);
    if (pull.owner.empty() || pull.repo.empty() || pull.number == 0) {
      return PullError{PullError::Kind::not_found, {}, 0};
    }
    const auto failure = failures.find(call);
    if (failure == failures.end()) return std::nullopt;
    PullError error = failure->second;
    failures.erase(failure);
    return error;
  }

  std::uint64_t last_id_ = 100;
};

}  // namespace review
