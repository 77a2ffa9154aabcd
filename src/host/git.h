// Changes of a git repository, read by running `git`.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "host/local_change.h"

namespace sluice::host {

// `range`: `A..B` (from A to B), `A...B` (what B added since it left A), or one commit (what it changed).
// Empty: what is not committed yet, or the last commit if all is or there is no work tree. Nothing of the
// repository is run, and nothing fetched: see git_run.h. Blocks.
[[nodiscard]] Result<LocalChange> read_git_change(const std::filesystem::path& repository,
                                                  const std::string& range);

}  // namespace sluice::host
