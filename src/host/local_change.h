// A change that is on this machine: of a git repository, or in a diff file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace sluice::host {

enum class FileStatus : std::uint8_t { added, modified, removed, renamed, copied, changed };

struct ChangedFile {
  std::string path;
  std::string previous_path;  // empty: the same
  FileStatus status = FileStatus::modified;
  std::uint32_t additions = 0;
  std::uint32_t deletions = 0;
  std::optional<std::string>
      patch;  // the hunks; absent for binary files and where nothing but names or modes changed
};

struct LocalChange {
  std::string repository;  // the folder's or file's name
  std::string title;
  std::string body;
  std::string author;
  std::string base;  // commit, or empty
  std::string head;
  std::vector<ChangedFile> files;
  std::size_t not_utf8 = 0;  // places that were replaced by U+FFFD
};

// Splits a diff as `git diff`, `git format-patch`, `diff -u` and quilt write it; text before the first file
// is taken for the description: mail headers (Subject, From), Debian's DEP-3 headers (Description, Author),
// or plain text. Errors: empty, or no file's change in it. What is inside hunks is not looked at, but for its
// length.
[[nodiscard]] Result<LocalChange> read_diff(std::string text, std::string name);

}  // namespace sluice::host
