// error-swallowed: a handler that catches everything and says nothing to anybody, new or left so by the
// change.
#include <algorithm>
#include <array>

#include "signals/blocks.h"
#include "signals/family.h"
#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

enum class Catches : std::uint8_t { nothing, some, everything };

Catches python_handler(std::string_view code) {
  if (!code.starts_with("except")) return Catches::nothing;
  const std::string_view rest = trim(code.substr(6));
  if (rest.starts_with(':')) return Catches::everything;
  if (!rest.empty() && is_word(code[6])) return Catches::nothing;
  return has_word(rest, "Exception") || has_word(rest, "BaseException") ? Catches::everything : Catches::some;
}

Catches brace_handler(std::string_view code, Language language) {
  const std::size_t at = find_word(code, "catch");
  if (at == none) return Catches::nothing;
  const std::string_view before = trim(code.substr(0, at));
  if (!before.empty() && !before.ends_with('}')) return Catches::nothing;
  if (language == Language::javascript || language == Language::typescript) return Catches::everything;
  const std::size_t open = code.find('(', at);
  if (open == none) return Catches::nothing;
  const std::string_view what = arguments_at(code, open);
  constexpr std::string_view wide[] = {"Exception", "Throwable", "RuntimeException", "Error", "IOException"};
  return trim(what) == "..." || has_any_word(what, wide) || has_word(what, "exception") ? Catches::everything
                                                                                        : Catches::some;
}

Catches handler(std::string_view code, Language language) {
  if (language == Language::python) return python_handler(trim(code));
  const bool braces = language == Language::cpp || language == Language::java ||
                      language == Language::javascript || language == Language::typescript ||
                      language == Language::php;
  return braces ? brace_handler(code, language) : Catches::nothing;
}

bool tells(std::string_view code) {
  constexpr std::array parts = {"log",   "Log",   "LOG",   "print",  "warn",   "Warn",
                                "raise", "throw", "fail",  "error",  "report", "abort",
                                "exit",  "panic", "trace", "notify", "Error"};
  return std::ranges::any_of(parts, [&](const char* part) { return has_text(code, part); });
}

// Statements that carry no information about the error. In scripts of the web a handler that gives false or
// null is how one asks whether something is there.
bool is_silent(std::string_view code, Language language) {
  std::string_view text = trim(code);
  while (text.ends_with(';') || text.ends_with('}') || text.ends_with('{')) {
    text = trim(text.substr(0, text.size() - 1));
  }
  const bool script = language == Language::javascript || language == Language::typescript;
  if (script && text.starts_with("return ")) return false;
  constexpr std::string_view whole[] = {
      "",     "pass",        "continue",        "break",        "return",
      "...",  "return None", "return null",     "return false", "return False",
      "null", "return nil",  "return undefined"};
  return std::ranges::find(whole, text) != std::end(whole);
}

class SwallowedErrors {
 public:
  SwallowedErrors(const CodeFile& file, Reporter& reporter) : file_(file), reporter_(reporter) {}

  void inspect(const CodeHunk& hunk) {
    for (std::size_t i = 0; i < hunk.lines.size(); ++i) {
      const CodeLine& line = hunk.lines[i];
      if (!line.in_new() || line.blank) continue;
      const Catches catches = handler(line.code, file_.language);
      if (catches != Catches::nothing) inspect_handler(hunk, i, catches);
      if (line.added() && ignores_result(hunk, i)) reporter_.report(Signal::error_swallowed, *line.line);
    }
  }

 private:
  void inspect_handler(const CodeHunk& hunk, std::size_t header, Catches catches) {
    const std::vector<std::size_t> body = handler_body(hunk, header);
    const bool changed = hunk.lines[header].added() ||
                         std::ranges::any_of(body, [&](std::size_t i) { return hunk.lines[i].added(); });
    const bool quietened = !changed && lost_voice(hunk, header);
    if (!changed && !quietened) return;
    const std::string_view same_line = after_header(hunk.lines[header].code);
    if (body.empty() && same_line.empty()) return;  // the hunk ends before the body
    bool empty = is_silent(same_line, file_.language) || same_line == "}";
    bool silent = !tells(same_line);
    for (const std::size_t i : body) {
      empty = empty && is_silent(hunk.lines[i].code, file_.language);
      silent = silent && !tells(hunk.lines[i].code);
    }
    const bool bare =
        file_.language == Language::python && trim(hunk.lines[header].code).starts_with("except:");
    const bool swallows = catches == Catches::everything && (empty || (silent && (bare || quietened)));
    if (swallows && !is_explained(hunk, header))
      reporter_.report(Signal::error_swallowed, *hunk.lines[header].line);
  }

  // Whether a comment of more than a word or two in the handler says why nothing is done.
  [[nodiscard]] bool is_explained(const CodeHunk& hunk, std::size_t header) const {
    constexpr std::size_t bytes_min = 25;
    const std::size_t last = std::min(hunk.lines.size(), header + 5);
    for (std::size_t i = header; i < last; ++i) {
      const CodeLine& line = hunk.lines[i];
      if (!line.in_new()) continue;
      const bool inside = i == header || line.indent > hunk.lines[header].indent;
      if (!inside) return false;
      // What is blank in the code and not in the text is a comment.
      std::size_t comment = 0;
      for (std::size_t at = 0; at < line.code.size(); ++at) {
        if (is_space(line.code[at]) && !is_space(line.line->text[at])) ++comment;
      }
      if (comment >= bytes_min && !has_text(line.code, "\"") && !has_text(line.code, "'")) return true;
    }
    return false;
  }

  // The handler's lines of the new side. With braces an empty body shows as the closing one.
  [[nodiscard]] std::vector<std::size_t> handler_body(const CodeHunk& hunk, std::size_t header) const {
    std::vector<std::size_t> body = body_of(hunk, header, Line::Op::added);
    if (!body.empty() || file_.language == Language::python) return body;
    for (std::size_t i = header + 1; i < hunk.lines.size(); ++i) {
      if (!hunk.lines[i].in_new()) continue;
      const std::string_view text = trim(hunk.lines[i].code);
      if (text.empty() || text == "{") continue;
      if (text.starts_with('}')) body.push_back(i);
      break;
    }
    return body;
  }

  [[nodiscard]] std::string_view after_header(std::string_view code) const {
    const std::size_t end = file_.language == Language::python ? code.rfind(':') : code.rfind('{');
    return end == none ? std::string_view() : trim(code.substr(end + 1));
  }

  // Whether the change took away what the handler had said.
  [[nodiscard]] static bool lost_voice(const CodeHunk& hunk, std::size_t header) {
    const std::vector<std::size_t> before = body_of(hunk, header, Line::Op::deleted);
    return std::ranges::any_of(
        before, [&](std::size_t i) { return hunk.lines[i].deleted() && tells(hunk.lines[i].code); });
  }

  // `_ = f()` where the deleted line kept the error; `.catch(() => {})`.
  [[nodiscard]] bool ignores_result(const CodeHunk& hunk, std::size_t index) const {
    const CodeLine& line = hunk.lines[index];
    const std::string code = without_space(line.code);
    if (file_.language == Language::javascript || file_.language == Language::typescript) {
      return has_text(code, ".catch(()=>{})") || has_text(code, ".catch(function(){})") ||
             has_text(code, ".catch(_=>{})");
    }
    if (file_.language != Language::go) return false;
    const bool drops = has_text(code, ",_:=") || has_text(code, ",_=") || code.starts_with("_=");
    const std::size_t open = line.code.find('(');
    if (!drops || open == none) return false;
    const std::string_view name = name_before(line.code, open);
    if (name.empty()) return false;
    const Range near = lines_near(hunk, index);
    for (std::size_t i = near.first; i < near.last; ++i) {
      const CodeLine& old_line = hunk.lines[i];
      if (old_line.deleted() && has_word(old_line.code, name) && has_word(old_line.code, "err")) return true;
    }
    return false;
  }

  const CodeFile& file_;
  Reporter& reporter_;
};

}  // namespace

void find_swallowed_errors(const CodeFile& file, Reporter& reporter) {
  if (!file.is_program() || file.is_test() || !reporter.wants(Signal::error_swallowed)) return;
  SwallowedErrors search(file, reporter);
  for (const CodeHunk& hunk : file.hunks) search.inspect(hunk);
}

}  // namespace review::signals
