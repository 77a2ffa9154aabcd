#include "host/git.h"

#include <array>
#include <vector>

#include "base/text.h"
#include "base/value.h"
#include "host/diff_splitter.h"
#include "host/git_run.h"

namespace sluice::host {

namespace {

// Without dirty submodules: to see whether one is, git would run `git status` in it, with the submodule's
// configuration.
constexpr std::array diff_options{"--no-ext-diff",   "--no-textconv",     "--no-color",
                                  "--find-renames",  "--unified=3",       "--src-prefix=a/",
                                  "--dst-prefix=b/", "--submodule=short", "--ignore-submodules=dirty"};

// The full id of a commit that a person named.
Result<std::string> commit(const GitRun& git, const std::string& name) {
  if (name.empty() || name.front() == '-') {
    return fail(ErrorCode::invalid_input, "read the range", "`" + name + "` does not name a commit");
  }
  auto id = git.run({"rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"});
  if (!id) {
    return fail(ErrorCode::invalid_input, "find the commit " + name + " in " + git.folder().string(),
                "the repository has no such commit", "give a range such as HEAD~3..HEAD or main...HEAD");
  }
  return std::string(trim(*id));
}

struct Range {
  std::string base;  // empty: the empty tree
  std::string head;  // empty: the work tree
};

// git's id of the tree without files, which every repository knows.
constexpr const char* empty_tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

Result<Range> range_of_commit(const GitRun& git, const std::string& name) {
  auto head = commit(git, name);
  if (!head) return std::unexpected(head.error());
  auto parent = commit(git, name + "^");
  return Range{parent ? *parent : std::string(), *head};
}

Result<Range> resolve(const GitRun& git, const std::string& range) {
  if (range.empty()) {
    auto status = git.run({"status", "--porcelain", "--untracked-files=no", "--ignore-submodules"});
    if (!status) return std::unexpected(status.error());
    auto head = commit(git, "HEAD");
    if (!head) return std::unexpected(head.error());
    if (!trim(*status).empty()) return Range{*head, {}};
    return range_of_commit(git, "HEAD");
  }
  const auto dots = range.find("..");
  if (dots == std::string::npos) return range_of_commit(git, range);
  const bool symmetric = range.compare(dots, 3, "...") == 0;
  const auto or_head = [](std::string name) { return name.empty() ? std::string("HEAD") : name; };
  auto base = commit(git, or_head(range.substr(0, dots)));
  if (!base) return std::unexpected(base.error());
  auto head = commit(git, or_head(range.substr(dots + (symmetric ? 3 : 2))));
  if (!head) return std::unexpected(head.error());
  if (!symmetric) return Range{*base, *head};
  auto fork = git.run({"merge-base", *base, *head});
  if (!fork) {
    return fail(ErrorCode::invalid_input, "find where " + range + " parted",
                "the commits have no history in common");
  }
  return Range{std::string(trim(*fork)), *head};
}

std::string shown(std::string text) {
  return to_utf8(trim(text), nullptr);
}

// One commit describes itself; of several, the subjects are listed.
Status describe(const GitRun& git, const Range& range, LocalChange& change) {
  if (range.head.empty()) {
    change.title = "Changes that are not committed yet";
    return {};
  }
  const std::string span = range.base.empty() ? range.head : range.base + ".." + range.head;
  auto subjects =
      git.run({"log", "--no-show-signature", "--no-color", "--format=%s", "--max-count=50", span, "--"});
  if (!subjects) return std::unexpected(subjects.error());
  auto author = git.run(
      {"log", "--no-show-signature", "--no-color", "--format=%an", "--max-count=1", range.head, "--"});
  if (!author) return std::unexpected(author.error());
  change.author = shown(*author);
  const auto lines = split(trim(*subjects), '\n');
  if (lines.size() <= 1) {
    auto body = git.run(
        {"log", "--no-show-signature", "--no-color", "--format=%b", "--max-count=1", range.head, "--"});
    if (!body) return std::unexpected(body.error());
    change.title = shown(std::string(lines.front()));
    change.body = shown(*body);
    return {};
  }
  change.title =
      shown(std::string(lines.front())) + " (and " + std::to_string(lines.size() - 1) + " more commits)";
  for (const auto line : lines) change.body += "- " + shown(std::string(line)) + "\n";
  return {};
}

}  // namespace

Result<LocalChange> read_git_change(const std::filesystem::path& repository, const std::string& range) {
  std::error_code error;
  if (!std::filesystem::is_directory(repository, error)) {
    return fail(ErrorCode::invalid_input, "review the repository " + repository.string(),
                "there is no such folder");
  }
  const auto git = GitRun::in(repository);
  if (!git) return std::unexpected(git.error());
  auto top = git->run({"rev-parse", "--show-toplevel"});
  if (!top) {
    return fail(ErrorCode::invalid_input, "review the repository " + repository.string(), top.error().why,
                "name a git repository with --repo, or a diff with --diff");
  }
  auto resolved = resolve(*git, range);
  if (!resolved) return std::unexpected(resolved.error());
  std::vector<std::string> arguments{"diff"};
  arguments.insert(arguments.end(), diff_options.begin(), diff_options.end());
  arguments.push_back(resolved->base.empty() ? empty_tree : resolved->base);
  if (!resolved->head.empty()) arguments.push_back(resolved->head);
  arguments.emplace_back("--");
  auto diff = git->run(arguments);
  if (!diff) return std::unexpected(diff.error());

  LocalChange change;
  if (!is_utf8(*diff)) *diff = to_utf8(*diff, &change.not_utf8);
  change.files = split_diff(*diff).files;
  if (change.files.empty()) {
    return fail(ErrorCode::invalid_input, "review " + (range.empty() ? "the last commit" : range),
                "it changes no file: there is nothing to review");
  }
  change.repository = std::filesystem::path(std::string(trim(*top))).filename().string();
  change.base = resolved->base;
  change.head = resolved->head;
  if (auto status = describe(*git, *resolved, change); !status) return std::unexpected(status.error());
  return change;
}

}  // namespace sluice::host
