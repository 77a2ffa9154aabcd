#include "host/git_run.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "base/process.h"
#include "base/text.h"
#include "base/value.h"

namespace sluice::host {

namespace {

constexpr std::array git_options{
    "--no-pager",          "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",  "-c",
    "core.quotePath=true", "-c", "diff.noprefix=false",  "-c", "diff.mnemonicPrefix=false", "-c",
    "diff.relative=false"};

// Settings `section.ANY.name` that make git run a program and that no option of git switches off for every
// ANY.
struct Undoing {
  std::string_view section;
  std::string_view name;
  std::string_view value;  // with it, git does without the program
};
constexpr std::array undoings{Undoing{"filter", "clean", ""}, Undoing{"filter", "smudge", ""},
                              Undoing{"filter", "process", ""}, Undoing{"filter", "required", "false"},
                              Undoing{"hook", "command", "true"}};

}  // namespace

Result<GitRun> GitRun::in(const std::filesystem::path& folder) {
  GitRun git(folder);
  // Listing runs nothing. It follows the files that the configuration includes, as every other command does.
  auto keys = git.run({"config", "--list", "--includes", "--name-only", "--null"});
  if (!keys) return std::unexpected(keys.error());
  for (const std::string_view key : split(*keys, '\0')) {
    if (auto status = git.undo(key); !status) return std::unexpected(status.error());
  }
  std::ranges::sort(git.undone_);
  const auto repeated = std::ranges::unique(git.undone_);
  git.undone_.erase(repeated.begin(), repeated.end());
  return git;
}

Status GitRun::undo(std::string_view key) {
  const std::string_view section = key.substr(0, key.find('.'));
  const std::string_view name = key.substr(key.rfind('.') + 1);
  for (const Undoing& one : undoings) {
    if (one.section != section || one.name != name) continue;
    // On git's command line the name ends at the first `=`.
    if (key.contains('=')) {
      return fail(ErrorCode::invalid_input, "run git in " + folder_.string(),
                  "its configuration names a program, " + to_utf8(key, nullptr) +
                      ", in a way that cannot be switched off",
                  "take that setting out of the repository's configuration");
    }
    undone_.push_back(std::string(key).append("=").append(one.value));
  }
  if (key == "extensions.partialclone" || (section == "remote" && name == "promisor")) {
    todo_ =
        "the repository is a partial clone, and nothing is fetched for a review: if parts are missing, get "
        "them first, such as with `git diff` of the same range";
  }
  return {};
}

Result<std::string> GitRun::run(const std::vector<std::string>& arguments) const {
  ProcessSpec spec;
  spec.argv = {"git"};
  spec.argv.insert(spec.argv.end(), git_options.begin(), git_options.end());
  for (const std::string& setting : undone_) {
    spec.argv.emplace_back("-c");
    spec.argv.push_back(setting);
  }
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.folder = folder_;
  // Git fetches what a partial clone lacks by a program that the repository can choose. Versions from before
  // GIT_NO_LAZY_FETCH are held off by a list of the allowed protocols that names none.
  spec.variables = {{"GIT_OPTIONAL_LOCKS", "0"},
                    {"GIT_TERMINAL_PROMPT", "0"},
                    {"GIT_PAGER", "cat"},
                    {"GIT_NO_LAZY_FETCH", "1"},
                    {"GIT_ALLOW_PROTOCOL", "-"}};
  spec.output_bytes_max = 256U << 20U;
  spec.timeout = std::chrono::minutes(2);
  auto output = run_process(spec);
  if (!output) return std::unexpected(output.error());
  if (output->exit_code != 0) {
    return fail(ErrorCode::invalid_input, "run git " + arguments.front() + " in " + folder_.string(),
                std::string(trim(to_utf8(output->err, nullptr))), todo_);
  }
  return std::move(output->out);
}

}  // namespace sluice::host
