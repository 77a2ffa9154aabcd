// Exact parser of one file's change in unified format, as GitHub's API gives it in `patch`: hunks without the
// `---`/`+++` lines.
//
// A body is read by the counts of its `@@` line, so a deleted line `-- x` (written `--- x`) is never taken
// for a header. Whatever does not parse is listed in `problems` with its place, and the hunks around it are
// kept: nothing is dropped silently. Parsing a patch without problems and printing it gives the same bytes
// back.
//
// All views point into the text given to `parse_patch`; the caller keeps it alive.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "language.h"

namespace review {

struct Line {
  enum class Op : std::uint8_t { context, added, deleted };

  Op op = Op::context;
  bool carriage_return = false;  // ended with CR LF in the patch
  bool no_newline = false;       // followed by `\ No newline at end of file`
  bool bare = false;             // an empty context line whose leading space was lost on the way
  std::uint32_t old_line = 0;    // 1-based; 0 for added lines
  std::uint32_t new_line = 0;    // 1-based; 0 for deleted lines
  std::string_view text;         // without the leading mark and without the line's end
};

struct Hunk {
  std::uint32_t old_start = 0;
  std::uint32_t old_count = 0;
  std::uint32_t new_start = 0;
  std::uint32_t new_count = 0;
  std::string_view header;             // the whole `@@` line, without its line end
  std::string_view section;            // what follows the second `@@`, without the space before it
  std::string_view no_newline_marker;  // the `\ …` line where one was seen, else empty
  std::vector<Line> lines;
};

// A part of a patch that was not understood.
struct ParseProblem {
  std::uint32_t line = 0;   // 1-based line of the patch where it begins
  std::uint32_t lines = 0;  // how many lines of the patch were left out because of it
  std::string what;         // one sentence
};

struct Patch {
  std::vector<Hunk> hunks;
  std::vector<ParseProblem> problems;
  bool final_newline = false;  // GitHub's patches end without one
};

enum class FileStatus : std::uint8_t { added, modified, removed, renamed, copied, changed, unchanged };

struct FileChange {
  std::string path;
  std::string previous_path;  // of a renamed or copied file, else empty
  FileStatus status = FileStatus::modified;
  Language language = Language::unknown;
  std::vector<Hunk> hunks;
  std::vector<ParseProblem> problems;
};

// One change of several files, e.g. a pull request.
struct Change {
  std::string title;
  std::string body;
  std::vector<FileChange> files;
};

// Line numbers above this are a problem, not a hunk: GitHub, git and editors stop far below it.
inline constexpr std::uint32_t line_number_max = 2'000'000'000;

[[nodiscard]] Patch parse_patch(std::string_view text);

// The inverse of `parse_patch` for a patch without problems.
[[nodiscard]] std::string print_patch(const Patch& patch);

// Parses `patch` and fills the language in from the path.
[[nodiscard]] FileChange parse_file_change(std::string path, std::string previous_path, FileStatus status,
                                           std::string_view patch);

// How many lines of that kind the file's hunks have.
[[nodiscard]] std::uint32_t count_lines(const FileChange& file, Line::Op op);

}  // namespace review
