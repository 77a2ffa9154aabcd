#include "selection.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "kind.h"
#include "text.h"

namespace review {
namespace {

// GitHub's list of a pull request's files ends here without saying so.
constexpr std::size_t github_files_max = 3000;

// The header without the section that may follow.
std::string_view range_of(const Hunk& hunk) {
  return hunk.header.substr(0, hunk.header.find("@@", 2) + 2);
}

// Marks that generators put into the first lines of what they write.
bool says_generated(const FileChange& file) {
  if (file.hunks.empty()) return false;
  std::size_t seen = 0;
  for (const Line& line : file.hunks.front().lines) {
    if (line.op == Line::Op::deleted) continue;
    if (line.new_line > 20 || ++seen > 20) break;
    if (line.text.find("@generated") != std::string_view::npos) return true;
    const std::size_t at = line.text.find("DO NOT EDIT");
    if (at != std::string_view::npos && to_lower(line.text).find("generated") < at) return true;
  }
  return false;
}

std::size_t longest_line(const FileChange& file) {
  std::size_t longest = 0;
  for (const Hunk& hunk : file.hunks) {
    for (const Line& line : hunk.lines) longest = std::max(longest, line.text.size());
  }
  return longest;
}

// Why there is nothing to read.
std::string why_no_patch(const PullFile& file, Lister lister) {
  if (file.additions + file.deletions > 0) {
    return concat("its ", counted(file.additions + file.deletions, "changed line"),
                  " did not come with the change: too large, or binary");
  }
  switch (file.status) {
    case FileStatus::renamed:
      return concat("renamed from `", file.previous_path, "`, nothing else changed");
    case FileStatus::copied:
      return concat("copied from `", file.previous_path, "`, nothing else changed");
    case FileStatus::added:
      return "added as a binary or an empty file: no lines to read";
    case FileStatus::removed:
      return "a binary or an empty file was removed: no lines to read";
    case FileStatus::changed:
      return "only its type or mode changed";
    case FileStatus::unchanged:
      return "it did not change";
    case FileStatus::modified:
      break;
  }
  // Git tells a changed mode from the rest, GitHub doesn't.
  return lister == Lister::local ? "a binary file: no lines to read"
                                 : "no lines to read: a binary file, or only its mode changed";
}

std::string reviewed_by(const FileChange& file) {
  if (is_code(file.language)) return "read by all signals";
  return "read by the signals that need no programming language";
}

class Selector {
 public:
  Selector(Selection& selection, const Settings& settings, Lister lister)
      : selection_(selection), settings_(settings), lister_(lister) {}

  void add(PullFile file) {
    FileFacts facts{.path = file.path,
                    .previous_path = file.previous_path,
                    .status = file.status,
                    .additions = file.additions,
                    .deletions = file.deletions,
                    .left_out = {},
                    .change_index = static_cast<std::uint32_t>(selection_.change.files.size())};
    const bool has_patch = file.patch && !trim(file.patch->view()).empty();
    if (std::optional<std::string> rule = ignored_by(settings_, file.path)) {
      facts.left_out = *rule;
      // Its hunks are still accounted for one by one.
      if (has_patch) {
        list(parse(file), Covered::left_out, *rule);
      } else {
        list_file(file.path, Covered::left_out, *rule);
      }
    } else if (!has_patch) {
      facts.left_out = why_no_patch(file, lister_);
      list_file(file.path, file.additions + file.deletions > 0 ? Covered::unread : Covered::empty,
                facts.left_out);
    } else {
      add_patch(file, facts);
    }
    selection_.files.push_back(std::move(facts));
  }

 private:
  static FileChange parse(const PullFile& file) {
    return parse_file_change(file.path, file.previous_path, file.status, file.patch->view());
  }

  void add_patch(PullFile& file, FileFacts& facts) {
    FileChange change = parse(file);
    const std::uint32_t added = count_lines(change, Line::Op::added);
    const std::uint32_t deleted = count_lines(change, Line::Op::deleted);
    if (change.hunks.empty()) {
      facts.left_out = "its patch could not be read";
    } else if (says_generated(change)) {
      facts.left_out = "generated code (it says so)";
    } else if (added + deleted > settings_.file_lines_max) {
      facts.left_out = concat(counted(added + deleted, "changed line"), ", more than `max-file-lines` (",
                              settings_.file_lines_max, ")");
    } else if (const std::size_t longest = longest_line(change); longest > settings_.line_bytes_max) {
      facts.left_out =
          concat("a line of ", static_cast<std::uint64_t>(longest), " bytes, more than `max-line-bytes` (",
                 settings_.line_bytes_max, "): minified code or data");
    }
    const bool left_out = !facts.left_out.empty();
    list(change, left_out ? Covered::left_out : Covered::reviewed,
         left_out ? facts.left_out : reviewed_by(change));
    if (added < file.additions || deleted < file.deletions) {
      list_file(file.path, Covered::unread,
                concat("only ", counted(added + deleted, "line"), " of ",
                       static_cast<std::uint64_t>(file.additions) + file.deletions,
                       " changed came with the change"));
    }
    facts.additions = std::max(file.additions, added);
    facts.deletions = std::max(file.deletions, deleted);
    if (left_out) return;
    selection_.texts.push_back(std::move(*file.patch));
    selection_.change.files.push_back(std::move(change));
  }

  void list(const FileChange& change, Covered status, const std::string& reason) {
    for (const Hunk& hunk : change.hunks) {
      selection_.coverage.push_back({change.path, std::string(range_of(hunk)), status, reason, std::nullopt});
    }
    for (const ParseProblem& problem : change.problems) {
      list_file(change.path, Covered::unread,
                problem.lines == 0 ? concat("its patch breaks off at line ", problem.line, ": ", problem.what)
                                   : concat(counted(problem.lines, "line"), " of its patch from line ",
                                            problem.line, " on could not be read: ", problem.what));
    }
  }

  void list_file(const std::string& path, Covered status, std::string reason) {
    selection_.coverage.push_back({path, {}, status, std::move(reason), std::nullopt});
  }

  Selection& selection_;
  const Settings& settings_;
  const Lister lister_;
};

}  // namespace

std::string_view name_of(Covered covered) {
  switch (covered) {
    case Covered::reviewed:
      return "reviewed";
    case Covered::left_out:
      return "left-out";
    case Covered::empty:
      return "empty";
    case Covered::unread:
      return "unread";
  }
  return "unread";
}

Selection select(const PullRequest& pull, std::vector<PullFile> files, const Settings& settings,
                 Lister lister) {
  Selection selection;
  selection.change.title = pull.title;
  selection.change.body = pull.body;
  const bool listing_full = lister == Lister::github && files.size() >= github_files_max;
  Selector selector(selection, settings, lister);
  for (PullFile& file : files) selector.add(std::move(file));
  if (listing_full) {
    selection.coverage.push_back({"(further files)",
                                  {},
                                  Covered::unread,
                                  "GitHub lists the first 3,000 files of a pull request, there may be more",
                                  std::nullopt});
  }
  return selection;
}

}  // namespace review
