#include "signals/code.h"

#include <algorithm>

#include "text.h"

namespace review::signals {
namespace {

struct Syntax {
  std::string_view line_comment;    // "//", "#", "--" or none
  bool block_comment = false;       // /* … */
  bool triple_quotes = false;       // """ and '''
  bool single_quoted_text = false;  // '…' is a string, not one character
  bool backtick_text = false;       // `…` over several lines
};

Syntax syntax_of(Language language) {
  switch (language) {
    case Language::c:
    case Language::cpp:
    case Language::java:
    case Language::rust:
      return {.line_comment = "//", .block_comment = true};
    case Language::go:
      return {.line_comment = "//", .block_comment = true, .backtick_text = true};
    case Language::javascript:
    case Language::typescript:
      return {.line_comment = "//", .block_comment = true, .single_quoted_text = true, .backtick_text = true};
    case Language::php:
      return {.line_comment = "//", .block_comment = true, .single_quoted_text = true};
    case Language::python:
      return {.line_comment = "#", .triple_quotes = true, .single_quoted_text = true};
    case Language::sql:
      return {.line_comment = "--", .block_comment = true, .single_quoted_text = true};
    case Language::shell:
    case Language::ruby:
    case Language::yaml:
    case Language::toml:
    case Language::make:
    case Language::cmake:
    case Language::dockerfile:
      return {.line_comment = "#", .single_quoted_text = true};
    default:
      return {};
  }
}

// What is open at the end of a line of one side of the hunk.
enum class Open : char {
  nothing = 0,
  comment = '*',
  double_triple = '"',
  single_triple = '\'',
  backtick = '`'
};

class Blanker {
 public:
  Blanker(const Syntax& syntax, std::string_view text, char* out, Open open)
      : syntax_(syntax), text_(text), out_(out), open_(open) {}

  Open run() {
    std::size_t at = 0;
    // A hunk may begin inside a comment: a line that starts with a star goes on with one.
    if (syntax_.block_comment && open_ == Open::nothing && continues_comment()) {
      const std::size_t end = text_.find("*/");
      at = end == std::string_view::npos ? text_.size() : end + 2;
      blank(0, at);
    }
    while (at < text_.size()) at = open_ == Open::nothing ? code(at) : inside(at);
    return open_;
  }

 private:
  [[nodiscard]] bool continues_comment() const {
    const std::string_view rest = trim(text_);
    return rest.starts_with("*") && (rest.size() == 1 || rest[1] == ' ' || rest[1] == '/' || rest[1] == '\t');
  }

  void blank(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) out_[i] = text_[i] == '\t' ? '\t' : ' ';
  }

  // Goes on inside what was open before; returns where code begins again.
  std::size_t inside(std::size_t at) {
    const std::string_view close = open_ == Open::comment         ? "*/"
                                   : open_ == Open::double_triple ? R"(""")"
                                   : open_ == Open::single_triple ? "'''"
                                                                  : "`";
    const std::size_t end = text_.find(close, at);
    if (end == std::string_view::npos) {
      blank(at, text_.size());
      return text_.size();
    }
    const bool comment = open_ == Open::comment;
    blank(at, comment ? end + close.size() : end);
    open_ = Open::nothing;
    if (!comment) std::copy_n(close.begin(), close.size(), out_ + end);
    return end + close.size();
  }

  std::size_t code(std::size_t at) {
    const std::string_view rest = text_.substr(at);
    if (!syntax_.line_comment.empty() && rest.starts_with(syntax_.line_comment) && starts_comment(at)) {
      blank(at, text_.size());
      return text_.size();
    }
    if (syntax_.block_comment && rest.starts_with("/*")) return open(at, Open::comment, 2);
    if (syntax_.triple_quotes && rest.starts_with(R"(""")")) return open(at, Open::double_triple, 3);
    if (syntax_.triple_quotes && rest.starts_with("'''")) return open(at, Open::single_triple, 3);
    if (syntax_.backtick_text && rest.front() == '`') return open(at, Open::backtick, 1);
    if (rest.front() == '"') return quoted(at, '"');
    if (rest.front() == '\'') return syntax_.single_quoted_text ? quoted(at, '\'') : character(at);
    out_[at] = text_[at];
    return at + 1;
  }

  // "$#" and "a#b" are no comments of a shell.
  [[nodiscard]] bool starts_comment(std::size_t at) const {
    return syntax_.line_comment != "#" || at == 0 || is_space(text_[at - 1]) || text_[at - 1] == ';' ||
           text_[at - 1] == ')' || text_[at - 1] == ',' || text_[at - 1] == ':';
  }

  std::size_t open(std::size_t at, Open what, std::size_t size) {
    open_ = what;
    if (what == Open::comment) {
      blank(at, at + size);
    } else {
      std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(at), size, out_ + at);
    }
    return at + size;
  }

  // A string ends at its quote, or with the line.
  std::size_t quoted(std::size_t at, char quote) {
    std::size_t end = at + 1;
    while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2 : 1;
    end = std::min(end, text_.size());
    blank(at + 1, end);
    out_[at] = quote;
    if (end == text_.size()) return end;
    out_[end] = quote;
    return end + 1;
  }

  // 'x' or '\n'; a lone quote is a lifetime or a digit separator.
  std::size_t character(std::size_t at) {
    std::size_t end = at + 1;
    if (end < text_.size() && text_[end] == '\\') {
      end = text_.find('\'', end + 2);
      if (end != std::string_view::npos && end - at > 11) end = std::string_view::npos;
    } else {
      end = end + 1 < text_.size() && text_[end + 1] == '\'' ? end + 1 : std::string_view::npos;
    }
    out_[at] = '\'';
    if (end == std::string_view::npos) return at + 1;
    blank(at + 1, end);
    out_[end] = '\'';
    return end + 1;
  }

  const Syntax& syntax_;
  std::string_view text_;
  char* out_;
  Open open_;
};

std::uint32_t indent_of(std::string_view text) {
  std::uint32_t columns = 0;
  for (const char c : text) {
    if (c == '\t') {
      columns = (columns / 8 + 1) * 8;
    } else if (c == ' ') {
      ++columns;
    } else {
      break;
    }
  }
  return columns;
}

CodeHunk code_of(const Hunk& hunk, const Syntax& syntax) {
  CodeHunk out;
  out.hunk = &hunk;
  std::size_t bytes = 0;
  for (const Line& line : hunk.lines) bytes += line.text.size();
  out.text.resize(bytes);
  out.lines.reserve(hunk.lines.size());
  char* next = out.text.data();
  Open old_open = Open::nothing;
  Open new_open = Open::nothing;
  for (const Line& line : hunk.lines) {
    const bool is_old = line.op == Line::Op::deleted;
    const Open end = Blanker(syntax, line.text, next, is_old ? old_open : new_open).run();
    // After a context line the new side's state counts for both: the texts have met again.
    if (line.op != Line::Op::deleted) new_open = end;
    if (line.op != Line::Op::added) old_open = end;
    const std::string_view code(next, line.text.size());
    out.lines.push_back({&line, code, indent_of(line.text), trim(code).empty()});
    next += line.text.size();
  }
  return out;
}

// A folder or file whose name begins with "test", or is one of the customary ones, holds tests whatever the
// rest says.
bool is_in_tests(std::string_view path) {
  while (!path.empty()) {
    const std::string_view part = take_until(path, '/');
    const std::string name = to_lower(part);
    if (name.starts_with("test") || name.ends_with("tests") || name == "t" || name == "torture" ||
        name == "selftest" || name == "dummyserver") {
      return true;
    }
  }
  return false;
}

}  // namespace

Qualified qualified_in(const CodeFile& file) {
  return file.c_family() ? Qualified::is_plain : Qualified::is_member;
}

CodeFile code_of(const FileChange& file) {
  CodeFile out;
  out.file = &file;
  out.kind = is_code(file.language) && is_in_tests(file.path) ? FileKind::test : kind_of(file.path);
  out.language = file.language;
  const Syntax syntax = syntax_of(file.language);
  out.hunks.reserve(file.hunks.size());
  for (const Hunk& hunk : file.hunks) out.hunks.push_back(code_of(hunk, syntax));
  return out;
}

}  // namespace review::signals
