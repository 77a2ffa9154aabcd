// signature-changed: a function that others may call takes or gives something else, or is gone, and the
// change touches neither tests nor documentation.
#include <algorithm>
#include <string>
#include <vector>

#include "signals/conditions.h"
#include "signals/family.h"
#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

struct Signature {
  std::string_view name;
  std::string text;  // from the name to the end of the parameters and results, without white space
  const Line* line = nullptr;
};

bool has_prefix_word(std::string_view text, std::string_view word) {
  return text.starts_with(word) && text.size() > word.size() && is_space(text[word.size()]);
}

// C: a definition or declaration at the margin that isn't static; in headers also further in.
bool is_public_c(const CodeFile& file, std::string_view code, std::string_view before) {
  const bool header = file.file->path.ends_with(".h") || file.file->path.ends_with(".hpp") ||
                      file.file->path.ends_with(".hh") || file.file->path.ends_with(".hxx");
  if (!header && (code.empty() || is_space(code.front()))) return false;
  constexpr std::string_view words[] = {"static", "return", "if",     "while",  "for",     "switch",
                                        "else",   "case",   "sizeof", "define", "new",     "delete",
                                        "throw",  "goto",   "do",     "using",  "typedef", "inline"};
  if (before.empty() || has_any_word(before, words)) return false;
  if (before.find_first_of("=(){};,!&|?+-/%[]\"") != none) return false;
  const char last = trim(before).back();
  return is_word(last) || last == '*' || last == '&' || last == '~' || last == '>' ||
         trim(before).ends_with("::");
}

// The name of the public function whose parameters open at `open`, as far as one line tells; else empty.
std::string_view public_name(const CodeFile& file, std::string_view code, std::size_t open) {
  const std::string_view name = name_before(code, open);
  if (name.empty() || is_digit(name.front())) return {};
  const std::size_t at = static_cast<std::size_t>(name.data() - code.data());
  const std::string_view before = code.substr(0, at);
  const std::string_view text = trim(code);
  switch (file.language) {
    case Language::c:
    case Language::cpp:
      return is_public_c(file, code, before) ? name : std::string_view();
    case Language::rust:
      return has_prefix_word(text, "pub") && trim(before).ends_with("fn") ? name : std::string_view();
    case Language::go: {
      if (!text.starts_with("func ") || name.front() < 'A' || name.front() > 'Z') return {};
      return name;
    }
    case Language::java: {
      const bool open_to_others = has_prefix_word(text, "public") || has_prefix_word(text, "protected");
      // Further in are classes within functions, which have no callers by name.
      const bool outside = code.find_first_not_of(" \t") <= 8;
      return outside && open_to_others && before.find_first_of("=(;") == none && !has_word(before, "new")
                 ? name
                 : std::string_view();
    }
    case Language::python: {
      const bool outside = !is_space(code.front()) || code.find_first_not_of(' ') <= 4;
      const bool definition = text.starts_with("def ") || text.starts_with("async def ");
      return outside && definition && !name.starts_with('_') ? name : std::string_view();
    }
    case Language::javascript:
    case Language::typescript:
      return has_prefix_word(text, "export") && has_word(before, "function") ? name : std::string_view();
    default:
      return {};
  }
}

std::size_t parameters_open(std::string_view code, Language language) {
  const std::size_t open = code.find('(');
  // A method of Go has its receiver in front.
  if (language == Language::go && open != none && code.substr(0, open).ends_with("func ")) {
    const std::size_t after = open + arguments_at(code, open).size() + 2;
    return after < code.size() ? code.find('(', after) : none;
  }
  // `pub fn name<T>(`
  return open;
}

// The text of the signature that begins at `index`, over as many lines of its side as its brackets need.
std::string signature_text(const CodeHunk& hunk, std::size_t index, std::size_t from, Line::Op side) {
  constexpr std::size_t lines_max = 12;
  std::string out;
  int depth = 0;
  std::size_t lines = 0;
  for (std::size_t i = index; i < hunk.lines.size() && lines < lines_max; ++i) {
    const CodeLine& line = hunk.lines[i];
    const bool on_side = side == Line::Op::added ? line.in_new() : line.in_old();
    if (!on_side) continue;
    ++lines;
    const std::string_view code = i == index ? line.code.substr(from) : line.code;
    for (const char c : code) {
      if (c == '(') ++depth;
      if (c == ')') --depth;
      if (depth == 0 && (c == '{' || c == ';' || (c == ':' && out.ends_with(')')))) return out;
      if (!is_space(c)) out.push_back(c);
    }
    if (depth == 0) return out;
  }
  return out;
}

std::vector<Signature> signatures_of(const CodeFile& file, const CodeHunk& hunk, Line::Op op) {
  std::vector<Signature> out;
  for (std::size_t i = 0; i < hunk.lines.size(); ++i) {
    const CodeLine& line = hunk.lines[i];
    if (line.line->op != op || line.blank || is_directive(line, file.language)) continue;
    const std::size_t open = parameters_open(line.code, file.language);
    if (open == none) continue;
    const std::string_view name = public_name(file, line.code, open);
    if (name.empty()) continue;
    const std::size_t from = static_cast<std::size_t>(name.data() - line.code.data());
    out.push_back({name, signature_text(hunk, i, from, op), line.line});
  }
  return out;
}

void inspect(const CodeFile& file, const CodeHunk& hunk, const std::vector<Signature>& added,
             Reporter& reporter) {
  for (const Signature& old_one : signatures_of(file, hunk, Line::Op::deleted)) {
    const Signature* best = nullptr;
    bool same = false;
    const auto named = std::ranges::equal_range(added, old_one.name, {}, &Signature::name);
    for (const Signature& new_one : named) {
      best = &new_one;
      same = same || new_one.text == old_one.text;
    }
    if (same) continue;
    reporter.report(Signal::signature_changed, best == nullptr ? *old_one.line : *best->line, old_one.name);
    return;
  }
}

}  // namespace

void find_changed_signatures(const CodeFile& file, const Surroundings& surroundings, Reporter& reporter) {
  if (!file.is_program() || file.kind != FileKind::source || !reporter.wants(Signal::signature_changed))
    return;
  if (surroundings.tests_touched || surroundings.documentation_touched) return;
  std::vector<Signature> added;
  for (const CodeHunk& hunk : file.hunks) {
    for (Signature& signature : signatures_of(file, hunk, Line::Op::added))
      added.push_back(std::move(signature));
  }
  std::ranges::sort(added, {}, &Signature::name);
  for (const CodeHunk& hunk : file.hunks) inspect(file, hunk, added, reporter);
}

}  // namespace review::signals
