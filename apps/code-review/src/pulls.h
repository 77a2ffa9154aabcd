// Pull requests as the core sees them: the values of `sluice:github/pulls` and an interface that the guest
// answers over its bindings and tests with a fake.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "diff.h"
#include "finding.h"

namespace review {

// A text in memory of its own (from `malloc`) that stays where it is when moved: patches are parsed as views
// into it, and never copied.
class Text {
 public:
  Text() = default;
  // Takes over `data`.
  Text(char* data, std::size_t size) : data_(data), size_(size) {}

  [[nodiscard]] static Text copy_of(std::string_view text) {
    auto* data = static_cast<char*>(std::malloc(text.size() + 1));
    if (data == nullptr) std::abort();
    std::memcpy(data, text.data(), text.size());
    return {data, text.size()};
  }

  [[nodiscard]] std::string_view view() const { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(char* data) const { std::free(data); }
  };
  std::unique_ptr<char, Free> data_;
  std::size_t size_ = 0;
};

// Which pull request.
struct PullRef {
  std::string owner;
  std::string repo;
  std::uint32_t number = 0;
};

struct PullRequest {
  std::uint32_t number = 0;
  std::string title;
  std::string body;
  std::string author;
  bool draft = false;
  std::vector<std::string> labels;
  std::string base_sha;
  std::string head_sha;
  std::string url;
};

struct PullFile {
  std::string path;
  std::string previous_path;  // empty where it has none
  FileStatus status = FileStatus::modified;
  std::uint32_t additions = 0;
  std::uint32_t deletions = 0;
  std::optional<Text> patch;
};

struct InlineComment {
  std::string path;
  Side side = Side::right;
  std::uint32_t line = 0;
  std::uint32_t start_line = 0;  // 0: one line only
  std::string body;
};

struct PostedComment {
  std::uint64_t id = 0;
  std::string body;
  bool mine = false;  // written by the account whose token is in use
};

enum class Permission : std::uint8_t { none, read, triage, write, maintain, admin };

struct PullError {
  enum class Kind : std::uint8_t { not_found, forbidden, rate_limited, invalid, unavailable };
  Kind kind = Kind::unavailable;
  std::string text;
  std::uint32_t seconds = 0;  // of rate_limited
};

template <class T>
using PullResult = std::expected<T, PullError>;

class Pulls {
 public:
  virtual ~Pulls() = default;

  virtual PullResult<PullRequest> get(const PullRef& pull) = 0;
  virtual PullResult<std::vector<PullFile>> files(const PullRef& pull) = 0;
  // Of the conversation, oldest first.
  virtual PullResult<std::vector<PostedComment>> comments(const PullRef& pull) = 0;
  virtual PullResult<std::uint64_t> create_comment(const PullRef& pull, std::string_view body) = 0;
  virtual PullResult<void> update_comment(const PullRef& pull, std::uint64_t id, std::string_view body) = 0;
  // Inline ones, oldest first.
  virtual PullResult<std::vector<PostedComment>> review_comments(const PullRef& pull) = 0;
  virtual PullResult<std::uint64_t> create_review(const PullRef& pull, std::string_view commit,
                                                  std::string_view body,
                                                  std::span<const InlineComment> comments) = 0;
  virtual PullResult<Permission> permission_of(const PullRef& pull, std::string_view login) = 0;
};

}  // namespace review
