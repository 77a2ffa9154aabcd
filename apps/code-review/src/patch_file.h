// Patch files as distributions and mail carry them: a header, then the changes of several files. The app
// itself gets its files one by one; this is for tests, the bench and fuzzing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "diff.h"

namespace review {

struct PatchPart {
  std::string path;           // without the first folder ("a/", "b/", "curl-7.88/")
  std::string previous_path;  // where it differs
  FileStatus status = FileStatus::modified;
  std::string patch;  // the hunks, as GitHub's API would give them
};

struct PatchFile {
  std::string title;  // of the header: Subject or Description
  std::vector<PatchPart> parts;
};

[[nodiscard]] PatchFile read_patch_file(std::string_view text);

// The change that takes the patch back.
[[nodiscard]] PatchFile reverse(const PatchFile& file);
[[nodiscard]] std::string reverse_patch(std::string_view patch);

// Parses each part. The patch file must outlive the change.
[[nodiscard]] Change change_of(const PatchFile& file);

}  // namespace review
