// "Major changes by file": for each file what the change does to it, in a phrase.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kind.h"
#include "selection.h"
#include "symbols.h"

namespace review {

struct FileNote {
  std::string path;
  std::string previous_path;
  FileStatus status = FileStatus::modified;
  FileKind kind = FileKind::other;
  Language language = Language::unknown;
  std::uint32_t additions = 0;
  std::uint32_t deletions = 0;
  bool reviewed = false;
  std::string what;  // prose in which pairs of backticks enclose code
  Symbols symbols;   // of reviewed files
};

// "added", "modified", "removed", "renamed", "copied", "changed", "unchanged".
[[nodiscard]] std::string_view name_of(FileStatus status);

// By kind, within a kind the most changed lines first, then by path.
[[nodiscard]] std::vector<FileNote> notes_on(const Selection& selection);

}  // namespace review
