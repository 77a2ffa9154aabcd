#include "host/git.h"

#include <array>
#include <cstdint>
#include <vector>

#include "base/text.h"
#include "base/value.h"
#include "host/change_utf8.h"
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

Result<Range> range_of_commit(const GitRun& git, const std::string& name) {
  auto head = commit(git, name);
  if (!head) return std::unexpected(head.error());
  auto parent = commit(git, name + "^");
  return Range{parent ? *parent : std::string(), *head};
}

enum class Place : std::uint8_t { work_tree, bare };

Result<Range> resolve(const GitRun& git, Place place, const std::string& range) {
  if (range.empty() && place == Place::bare) return range_of_commit(git, "HEAD");
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
  change.title = shown(std::string(lines.front())) + " (and " + std::to_string(lines.size() - 1) +
                 (lines.size() == 2 ? " more commit)" : " more commits)");
  for (const auto line : lines) change.body += "- " + shown(std::string(line)) + "\n";
  return {};
}

// The folder's name; `x` for a bare repository x.git.
Result<std::string> name_of(const GitRun& git, Place place) {
  auto path = git.run({"rev-parse", place == Place::work_tree ? "--show-toplevel" : "--absolute-git-dir"});
  if (!path) return std::unexpected(path.error());
  std::filesystem::path folder(std::string(trim(*path)));
  if (place == Place::bare) {
    folder = folder.filename() == ".git" ? folder.parent_path() : folder.replace_extension();
  }
  return shown(folder.filename().string());
}

// Each kind of object id has its own tree without files, which git knows without an object.
Result<std::string> empty_tree(const GitRun& git) {
  auto id = git.run({"hash-object", "-t", "tree", "--stdin"});
  if (!id) return std::unexpected(id.error());
  return std::string(trim(*id));
}

Result<std::string> diff_of(const GitRun& git, const Range& range) {
  auto base = range.base.empty() ? empty_tree(git) : Result<std::string>(range.base);
  if (!base) return std::unexpected(base.error());
  std::vector<std::string> arguments{"diff"};
  arguments.insert(arguments.end(), diff_options.begin(), diff_options.end());
  arguments.push_back(*base);
  if (!range.head.empty()) arguments.push_back(range.head);
  arguments.emplace_back("--");
  return git.run(arguments);
}

}  // namespace

Result<LocalChange> read_git_change(const std::filesystem::path& repository, const std::string& range) {
  std::error_code error;
  if (!std::filesystem::is_directory(repository, error)) {
    return fail(ErrorCode::invalid_input, "review the repository " + repository.string(),
                "there is no such folder");
  }
  const auto git = GitRun::in(repository);
  if (!git && git.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found, "review the repository " + repository.string(),
                "the program git, which reads it, was not found",
                "install git, or put its folder into PATH; a diff can be reviewed without it, with --diff");
  }
  if (!git) return std::unexpected(git.error());
  auto inside = git->run({"rev-parse", "--is-inside-work-tree"});
  if (!inside) {
    return fail(ErrorCode::invalid_input, "review the repository " + repository.string(), inside.error().why,
                "name a git repository with --repo, or a diff with --diff");
  }
  const Place place = trim(*inside) == "true" ? Place::work_tree : Place::bare;
  auto name = name_of(*git, place);
  if (!name) return std::unexpected(name.error());
  auto resolved = resolve(*git, place, range);
  if (!resolved) return std::unexpected(resolved.error());
  auto diff = diff_of(*git, *resolved);
  if (!diff) return std::unexpected(diff.error());

  LocalChange change;
  change.files = split_diff(*diff).files;
  change.not_utf8 = make_utf8(change.files);
  if (change.files.empty()) {
    return fail(ErrorCode::invalid_input, "review " + (range.empty() ? "the last commit" : range),
                "it changes no file: there is nothing to review");
  }
  change.repository = std::move(*name);
  change.base = resolved->base;
  change.head = resolved->head;
  if (auto status = describe(*git, *resolved, change); !status) return std::unexpected(status.error());
  return change;
}

}  // namespace sluice::host
