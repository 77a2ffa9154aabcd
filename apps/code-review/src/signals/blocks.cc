#include "signals/blocks.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "signals/conditions.h"
#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

bool is_brace(std::string_view code) {
  const std::string_view text = trim(code);
  return text == "{" || text == "}" || text == "})" || text == "});" || text == "};" || text == "end";
}

// A label of C at the margin doesn't enclose anything; `case` does.
bool is_label(std::string_view code) {
  const std::string_view text = trim(code);
  return text.ends_with(':') && !has_word(text, "case") && !has_word(text, "default") &&
         std::ranges::all_of(text.substr(0, text.size() - 1), [](char c) { return is_word(c); });
}

// Whether an added line has the same name in front of its first bracket, or is the same.
bool is_replaced(const CodeHunk& hunk, std::size_t header) {
  const std::string_view code = hunk.lines[header].code;
  const std::size_t open = code.find('(');
  const std::string_view name = open == none ? std::string_view() : name_before(code, open);
  if (name.empty()) return has_line(hunk, header, Line::Op::added, code);
  const Range near = lines_near(hunk, header);
  for (std::size_t i = near.first; i < near.last; ++i) {
    const CodeLine& line = hunk.lines[i];
    if (!line.added() || line.indent != hunk.lines[header].indent) continue;
    const std::size_t bracket = line.code.find('(');
    if (bracket != none && name_before(line.code, bracket) == name) return true;
  }
  return false;
}

}  // namespace

Range lines_near(const CodeHunk& hunk, std::size_t index) {
  return {index < window ? 0 : index - window, std::min(hunk.lines.size(), index + window)};
}

std::vector<Block> blocks_of(const CodeHunk& hunk) {
  std::vector<Block> out;
  for (std::size_t i = 0; i < hunk.lines.size(); ++i) {
    if (hunk.lines[i].line->op == Line::Op::context) continue;
    const std::size_t first = i;
    while (i < hunk.lines.size() && hunk.lines[i].line->op != Line::Op::context) ++i;
    out.push_back({first, i});
  }
  return out;
}

bool is_rewrite(const CodeHunk& hunk, const Block& block) {
  constexpr std::size_t lines_min = 10;
  std::vector<std::string> before;
  std::vector<std::string> after;
  for (std::size_t i = block.first; i < block.last; ++i) {
    const CodeLine& line = hunk.lines[i];
    if (!line.blank) (line.deleted() ? before : after).push_back(without_space(line.code));
  }
  if (before.size() < lines_min || after.size() < lines_min) return false;
  std::ranges::sort(before);
  std::ranges::sort(after);
  std::vector<std::string> shared;
  std::ranges::set_intersection(before, after, std::back_inserter(shared));
  return before.size() - shared.size() >= lines_min && after.size() - shared.size() >= lines_min;
}

Fate fate_of_enclosing(const CodeHunk& hunk, std::size_t index, Language language) {
  std::uint32_t indent = hunk.lines[index].indent;
  const std::size_t first = lines_near(hunk, index).first;
  for (std::size_t i = index; i-- > first && indent > 0;) {
    const CodeLine& line = hunk.lines[i];
    if (!line.in_old() || line.blank || line.indent >= indent) continue;
    if (is_directive(line, language) || is_brace(line.code) || is_label(line.code)) continue;
    if (!line.deleted()) return Fate::kept;
    if (!is_replaced(hunk, i)) return Fate::deleted;
    indent = line.indent;
  }
  return Fate::kept;
}

std::vector<std::size_t> body_of(const CodeHunk& hunk, std::size_t header, Line::Op side) {
  std::vector<std::size_t> out;
  const std::uint32_t indent = hunk.lines[header].indent;
  const std::size_t last = lines_near(hunk, header).last;
  for (std::size_t i = header + 1; i < last; ++i) {
    const CodeLine& line = hunk.lines[i];
    const bool on_side = side == Line::Op::added ? line.in_new() : line.in_old();
    if (!on_side || line.blank) continue;
    if (line.indent > indent) {
      out.push_back(i);
    } else if (trim(line.code) != "{") {
      break;
    }
  }
  return out;
}

bool has_line(const CodeHunk& hunk, std::size_t index, Line::Op op, std::string_view code) {
  const std::string wanted = without_space(code);
  const Range near = lines_near(hunk, index);
  for (std::size_t i = near.first; i < near.last; ++i) {
    const CodeLine& line = hunk.lines[i];
    if (line.line->op == op && !line.blank && without_space(line.code) == wanted) return true;
  }
  return false;
}

bool leaves(std::string_view code) {
  constexpr std::string_view words[] = {"return", "goto",   "throw", "raise", "break", "continue",
                                        "panic",  "exit",   "abort", "_exit", "die",   "fatal",
                                        "Fatal",  "Fatalf", "errx",  "bail"};
  return has_any_word(code, words);
}

}  // namespace review::signals
