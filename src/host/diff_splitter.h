// Finds the files of a unified diff.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/local_change.h"

namespace sluice::host {

struct SplitDiff {
  std::string_view preamble;  // what stands before the first file; points into the text
  std::vector<ChangedFile> files;
};

// Formats: git's extended diff (git-diff(1), "Generating patch text with -p"), and plain unified diffs. Line
// ends may be CRLF. Names and patches are the bytes that were there, which need not be UTF-8.
[[nodiscard]] SplitDiff split_diff(std::string_view text);

}  // namespace sluice::host
