// Runs `git` in a repository that is not trusted.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace sluice::host {

// What a repository's configuration and attributes can make git run is switched off: hooks, file monitors,
// pagers, external diffs (with the options in git.cc) and filters. Nothing is fetched either, not even from
// the repository that a partial clone comes from. The person's own configuration counts, but for its filters.
// Settings that would change what `git diff` writes or leave parts of it out have no effect.
class GitRun {
 public:
  // Reads the names of all settings that hold in `folder`, in order to undo those that name programs. Blocks.
  // Errors: not_found if there is no git, invalid_input if a setting cannot be undone.
  [[nodiscard]] static Result<GitRun> in(const std::filesystem::path& folder);

  // What `git` writes, as it is. Blocks. Errors: invalid_input with git's words if it ends with another code
  // than 0.
  [[nodiscard]] Result<std::string> run(const std::vector<std::string>& arguments) const;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  explicit GitRun(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Status undo(std::string_view key);

  std::filesystem::path folder_;
  std::vector<std::string> undone_;  // `name=value`
  std::string todo_;                 // what to do where git fails
};

}  // namespace sluice::host
