// Lines of a hunk as code: the same text with comments and the insides of strings blanked, so that a signal
// never mistakes prose for a call. Columns stay: byte i of the code is byte i of the line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "diff.h"
#include "kind.h"
#include "signals/match.h"

namespace review::signals {

struct CodeLine {
  const Line* line = nullptr;
  std::string_view code;     // as long as line->text
  std::uint32_t indent = 0;  // columns of white space in front, a tab counting to the next multiple of eight
  bool blank = true;         // nothing but white space and comments

  [[nodiscard]] bool added() const { return line->op == Line::Op::added; }
  [[nodiscard]] bool deleted() const { return line->op == Line::Op::deleted; }
  [[nodiscard]] bool in_old() const { return line->op != Line::Op::added; }
  [[nodiscard]] bool in_new() const { return line->op != Line::Op::deleted; }
};

struct CodeHunk {
  const Hunk* hunk = nullptr;
  std::vector<CodeLine> lines;
  std::vector<char> text;  // what the lines' code points into
};

struct CodeFile {
  const FileChange* file = nullptr;
  FileKind kind = FileKind::other;
  Language language = Language::unknown;
  std::vector<CodeHunk> hunks;

  // Whether the signals that read code apply; tests are code too.
  [[nodiscard]] bool is_program() const { return is_code(language); }
  [[nodiscard]] bool is_test() const { return kind == FileKind::test; }
  // C and C++.
  [[nodiscard]] bool c_family() const { return language == Language::c || language == Language::cpp; }
};

// What `std::name` and `::name` are in the file's language.
[[nodiscard]] Qualified qualified_in(const CodeFile& file);

// `file` must outlive the result.
[[nodiscard]] CodeFile code_of(const FileChange& file);

}  // namespace review::signals
