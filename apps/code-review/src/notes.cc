#include "notes.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>

#include "calls.h"
#include "definition.h"
#include "text.h"
#include "values.h"

namespace review {
namespace {

constexpr std::size_t names_shown = 4;

// As code; a backtick would end it.
std::string code(std::string_view text) {
  std::string out = concat('`', text, '`');
  std::replace(out.begin() + 1, out.end() - 1, '`', '\'');
  return out;
}

// Types come before functions: of a long list they say most.
std::string code_list(std::vector<std::string> names) {
  std::stable_partition(names.begin(), names.end(),
                        [](const std::string& name) { return !name.ends_with("()"); });
  for (std::string& name : names) name = code(name);
  return listed(names, names_shown);
}

void add_clause(std::string& out, std::string_view clause) {
  if (clause.empty()) return;
  if (!out.empty()) out += "; ";
  out += clause;
}

// What all changed lines of a file have in common.
enum class Nature : std::uint8_t { mixed, white_space, comments, moved };

class NatureFinder {
 public:
  explicit NatureFinder(const FileChange& file) : file_(file) {}

  Nature find() {
    std::multiset<std::string> deleted;
    std::multiset<std::string> added;
    bool only_comments = true;
    for (const Hunk& hunk : file_.hunks) {
      for (const Line& line : hunk.lines) {
        if (line.op == Line::Op::context) continue;
        only_comments = only_comments && is_comment_or_blank(file_.language, line.text);
        if (trim(line.text).empty() || deleted.size() + added.size() > lines_max) continue;
        (line.op == Line::Op::added ? added : deleted).insert(squeeze(line.text));
      }
    }
    if (deleted.size() + added.size() > lines_max) return only_comments ? Nature::comments : Nature::mixed;
    if (added == deleted) return in_place() ? Nature::white_space : Nature::moved;
    return only_comments ? Nature::comments : Nature::mixed;
  }

 private:
  // Beyond this a change is not called moved: a list that long is not read anyway.
  static constexpr std::size_t lines_max = 5000;

  // Whether, hunk by hunk, the same words stand in the same order on both sides.
  [[nodiscard]] bool in_place() const {
    for (const Hunk& hunk : file_.hunks) {
      std::string before;
      std::string after;
      for (const Line& line : hunk.lines) {
        if (trim(line.text).empty()) continue;
        if (line.op != Line::Op::added) append(before, squeeze(line.text), '\n');
        if (line.op != Line::Op::deleted) append(after, squeeze(line.text), '\n');
      }
      if (before != after) return false;
    }
    return true;
  }

  const FileChange& file_;
};

std::string signature_clause(const std::vector<SignatureChange>& signatures) {
  if (signatures.empty()) return {};
  std::vector<std::string> names;
  for (const SignatureChange& change : signatures) names.push_back(change.name);
  return concat(signatures.size() == 1 ? "changes the signature of " : "changes the signatures of ",
                code_list(names));
}

std::string symbols_phrase(const Symbols& symbols, FileStatus status) {
  std::string out;
  if (!symbols.added.empty()) {
    add_clause(out, concat(status == FileStatus::added ? "defines " : "adds ", code_list(symbols.added)));
  }
  if (!symbols.removed.empty()) add_clause(out, concat("removes ", code_list(symbols.removed)));
  add_clause(out, signature_clause(symbols.signatures));
  if (!symbols.touched.empty()) add_clause(out, concat("changes ", code_list(symbols.touched)));
  return out;
}

std::string calls_phrase(const Calls& calls) {
  std::string out;
  if (!calls.begun.empty()) add_clause(out, concat("adds calls of ", code_list(calls.begun)));
  if (!calls.ceased.empty()) add_clause(out, concat("drops calls of ", code_list(calls.ceased)));
  return out;
}

std::string sections_phrase(const Symbols& symbols) {
  std::string out;
  const auto clause = [&](std::string_view verb, const std::vector<std::string>& names) {
    if (names.empty()) return;
    add_clause(out, concat(verb, names.size() == 1 ? " the section " : " the sections ", code_list(names)));
  };
  clause("adds", symbols.added);
  clause("removes", symbols.removed);
  clause("edits", symbols.touched);
  return out;
}

std::string values_phrase(const std::vector<ValueChange>& changes, FileKind kind) {
  std::vector<std::string> set;
  std::vector<std::string> added;
  std::vector<std::string> removed;
  for (const ValueChange& change : changes) {
    if (!change.before) {
      added.push_back(change.key);
    } else if (!change.after) {
      removed.push_back(change.key);
    } else if (change.before->empty() || change.after->empty()) {
      set.push_back(code(change.key));
    } else {
      set.push_back(concat(code(change.key), " from ", code(*change.before), " to ", code(*change.after)));
    }
  }
  std::string out;
  if (!set.empty()) {
    add_clause(out,
               concat(kind == FileKind::dependencies ? "updates " : "changes ", listed(set, names_shown)));
  }
  if (!added.empty()) add_clause(out, concat("adds ", code_list(added)));
  if (!removed.empty()) add_clause(out, concat("removes ", code_list(removed)));
  return out;
}

std::string hunks_phrase(const FileChange& file) {
  const std::uint32_t added = count_lines(file, Line::Op::added);
  const std::uint32_t deleted = count_lines(file, Line::Op::deleted);
  const std::string_view verb = deleted == 0 ? "adds" : added == 0 ? "removes" : "changes";
  const std::uint32_t lines = std::max(added, deleted);
  if (file.hunks.size() == 1) return concat(verb, ' ', counted(lines, "line"), " in one place");
  return concat(verb, ' ', counted(lines, "line"), " in ", counted(file.hunks.size(), "place"));
}

std::string beginning(const FileFacts& facts) {
  switch (facts.status) {
    case FileStatus::added:
      return concat("new file of ", counted(facts.additions, "line"));
    case FileStatus::removed:
      return concat("removes the file of ", counted(facts.deletions, "line"));
    case FileStatus::renamed:
      return concat("renamed from ", code(facts.previous_path));
    case FileStatus::copied:
      return concat("copied from ", code(facts.previous_path));
    default:
      return {};
  }
}

std::string phrase(const FileFacts& facts, const FileChange& file, FileNote& note) {
  std::string out = beginning(facts);
  if (facts.status != FileStatus::added && facts.status != FileStatus::removed) {
    switch (NatureFinder(file).find()) {
      case Nature::white_space:
        add_clause(out, "changes white space only");
        return out;
      case Nature::comments:
        if (note.kind != FileKind::documentation) {
          add_clause(out, "changes comments only");
          return out;
        }
        break;
      case Nature::moved:
        add_clause(out, "moves lines and changes none of them");
        return out;
      case Nature::mixed:
        break;
    }
  }
  const std::string symbols = note.language == Language::markdown
                                  ? sections_phrase(note.symbols)
                                  : symbols_phrase(note.symbols, facts.status);
  add_clause(out, symbols);
  if (facts.status == FileStatus::removed) return out;
  std::vector<ValueChange> values = value_changes(file);
  // A `#define` that is new is told among the names already.
  std::erase_if(values,
                [&](const ValueChange& v) { return is_code(note.language) && (!v.before || !v.after); });
  if (facts.status == FileStatus::added) values.clear();
  add_clause(out, values_phrase(values, note.kind));
  if (facts.status != FileStatus::added && note.kind != FileKind::test)
    add_clause(out, calls_phrase(calls_of(file)));
  if (out.empty() || (facts.status == FileStatus::renamed && symbols.empty() && values.empty())) {
    add_clause(out, hunks_phrase(file));
  }
  return out;
}

}  // namespace

std::string_view name_of(FileStatus status) {
  switch (status) {
    case FileStatus::added:
      return "added";
    case FileStatus::modified:
      return "modified";
    case FileStatus::removed:
      return "removed";
    case FileStatus::renamed:
      return "renamed";
    case FileStatus::copied:
      return "copied";
    case FileStatus::changed:
      return "changed";
    case FileStatus::unchanged:
      return "unchanged";
  }
  return "modified";
}

std::vector<FileNote> notes_on(const Selection& selection) {
  std::vector<FileNote> notes;
  notes.reserve(selection.files.size());
  for (const FileFacts& facts : selection.files) {
    FileNote note{.path = facts.path,
                  .previous_path = facts.previous_path,
                  .status = facts.status,
                  .kind = kind_of(facts.path),
                  .language = language_of(facts.path),
                  .additions = facts.additions,
                  .deletions = facts.deletions,
                  .reviewed = facts.left_out.empty(),
                  .what = {},
                  .symbols = {}};
    if (note.reviewed) {
      const FileChange& file = selection.change.files[facts.change_index];
      note.symbols = symbols_of(file);
      note.what = phrase(facts, file, note);
    } else {
      note.what = concat("not reviewed: ", facts.left_out);
    }
    notes.push_back(std::move(note));
  }
  std::stable_sort(notes.begin(), notes.end(), [](const FileNote& a, const FileNote& b) {
    if (a.kind != b.kind) return a.kind < b.kind;
    const std::uint64_t lines_a = std::uint64_t{a.additions} + a.deletions;
    const std::uint64_t lines_b = std::uint64_t{b.additions} + b.deletions;
    return lines_a != lines_b ? lines_a > lines_b : a.path < b.path;
  });
  return notes;
}

}  // namespace review
