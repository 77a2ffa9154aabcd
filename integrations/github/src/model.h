// What `sluice:github/pulls` speaks of, as plain structs. The contract documents the fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace github {

struct PullRequest {
  std::uint32_t number = 0;
  std::string title;
  std::string body;
  std::string author;
  bool draft = false;
  std::vector<std::string> labels;
  std::string base_sha;
  std::string head_sha;
  std::string base_ref;
  std::string head_ref;
  std::string url;
};

// In the order of the contract.
enum class FileStatus : std::uint8_t { added, modified, removed, renamed, copied, changed, unchanged };

struct File {
  std::string path;
  std::optional<std::string> previous_path;
  FileStatus status = FileStatus::modified;
  std::uint32_t additions = 0;
  std::uint32_t deletions = 0;
  std::optional<std::string> patch;
};

struct Commit {
  std::string sha;
  std::string message;
  std::string author;
};

enum class Side : std::uint8_t { left, right };

struct ReviewComment {
  std::string path;
  Side side = Side::right;
  std::uint32_t line = 0;
  std::optional<std::uint32_t> start_line;
  std::string body;
};

struct Comment {
  std::uint64_t id = 0;
  std::string author;
  std::string body;
  bool mine = false;
};

// In the order of the contract.
enum class Permission : std::uint8_t { none, read, triage, write, maintain, admin };

}  // namespace github
