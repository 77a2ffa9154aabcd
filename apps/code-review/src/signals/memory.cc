// use-after-free: a pointer is used in the same block after what it points to was given back.
// unbounded-copy: a function of C that writes without knowing how much room there is.
#include <algorithm>
#include <string>

#include "signals/blocks.h"
#include "signals/conditions.h"
#include "signals/family.h"
#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

bool is_free_name(std::string_view name) {
  constexpr std::string_view whole[] = {"free",   "kfree",   "vfree", "fclose",
                                        "g_free", "xmlFree", "efree", "cfree"};
  if (std::ranges::find(whole, name) != std::end(whole)) return true;
  const auto ends = [&](std::string_view tail) { return name.size() > tail.size() && name.ends_with(tail); };
  return ends("_free") || ends("Free") || name.starts_with("xmlFree");
}

// The pointer that a line gives back: `free(p)`, `xmlFreeNode(p->next)`, `delete p`. Empty where it gives
// back none.
std::string_view freed_by(std::string_view code) {
  std::string_view text = trim(code);
  if (text.starts_with("std::") || text.starts_with("::")) text = text.substr(text.find("::") + 2);
  std::string_view argument;
  if (text.starts_with("delete ") || text.starts_with("delete[]") || text.starts_with("delete []")) {
    argument = text.substr(text[6] == ' ' && !text.starts_with("delete []") ? 7 : text.find(']') + 1);
    argument = trim(argument.substr(0, argument.find(';')));
  } else {
    const std::size_t open = text.find('(');
    if (open == none || !is_free_name(name_before(text, open))) return {};
    // The call is the whole statement.
    if (text.find_first_not_of(" \t", 0) != 0 || name_before(text, open).data() != text.data()) return {};
    const std::vector<std::string_view> arguments = split_arguments(arguments_at(text, open));
    if (arguments.size() != 1) return {};
    argument = arguments.front();
  }
  const bool simple = !argument.empty() && std::ranges::all_of(argument, [](char c) {
    return is_word(c) || c == '-' || c == '>' || c == '.';
  });
  const bool variable = argument != "NULL" && argument != "nullptr" && argument != "this";
  return simple && variable && !is_digit(argument.front()) ? argument : std::string_view();
}

// Whether `pointer` occurs as itself, not as a part of a longer name or of another object.
std::size_t find_pointer(std::string_view code, std::string_view pointer, std::size_t from = 0) {
  for (std::size_t at = find_word(code, pointer, from); at != none; at = find_word(code, pointer, at + 1)) {
    if (at > 0 && (code[at - 1] == '.' || (at > 1 && code.substr(at - 2, 2) == "->"))) continue;
    return at;
  }
  return none;
}

bool assigns(std::string_view code, std::string_view pointer) {
  const std::size_t at = find_pointer(code, pointer);
  if (at == none) return false;
  const std::string_view after = trim(code.substr(at + pointer.size()));
  const std::string_view before = trim(code.substr(0, at));
  return (after.starts_with('=') && !after.starts_with("==")) || before.ends_with('&');
}

// Whether position `at` is inside the brackets of a sizeof, which reads nothing.
bool is_measured(std::string_view code, std::size_t at) {
  const std::size_t word = code.substr(0, at).rfind("sizeof");
  if (word == none) return false;
  const std::size_t open = code.find('(', word);
  return open != none && open < at && at <= open + arguments_at(code, open).size();
}

// Whether the call that `at` is an argument of gives something back itself: often what the pointer points to
// is emptied first, and the pointer freed after that.
bool is_given_back(std::string_view code, std::size_t at) {
  const std::size_t open = code.substr(0, at).rfind('(');
  return open != none && find_ignoring_case(name_before(code, open), "free") != none;
}

// Read through, handed on or returned; comparing it alone is no use.
bool uses(std::string_view code, std::string_view pointer) {
  for (std::size_t at = find_pointer(code, pointer); at != none; at = find_pointer(code, pointer, at + 1)) {
    if (is_measured(code, at)) continue;
    const std::string_view after = trim(code.substr(at + pointer.size()));
    const std::string_view before = trim(code.substr(0, at));
    if (after.starts_with("->") || after.starts_with('[') || after.starts_with('.')) return true;
    if (before.ends_with('*') && (before.size() == 1 || !is_word(before[before.size() - 2]))) return true;
    const bool argument = (before.ends_with('(') || before.ends_with(',')) &&
                          (after.starts_with(')') || after.starts_with(','));
    if (!argument || has_word(code, "if") || has_word(code, "while") || is_given_back(code, at)) continue;
    return true;
  }
  return false;
}

void find_use_after(const CodeFile& file, const CodeHunk& hunk, std::size_t freed_at,
                    std::string_view pointer, Reporter& reporter) {
  const CodeLine& freeing = hunk.lines[freed_at];
  bool changed = freeing.added();
  const std::size_t last = lines_near(hunk, freed_at).last;
  for (std::size_t i = freed_at + 1; i < last; ++i) {
    const CodeLine& line = hunk.lines[i];
    // A deleted line may be what had made the use sound.
    if (!line.in_new()) {
      changed = changed || (!line.blank && (assigns(line.code, pointer) || leaves(line.code)));
      continue;
    }
    const std::string_view text = trim(line.code);
    // Only one of the branches of a condition of the preprocessor is compiled.
    if (text.starts_with("#el")) return;
    if (line.blank || is_directive(line, file.language)) continue;
    if (line.indent < freeing.indent || text.starts_with("case ") || text.starts_with("else")) return;
    if (text.ends_with(':') && !text.starts_with("default")) return;
    changed = changed || line.added();
    const bool used = uses(line.code, pointer);
    if (!used && assigns(line.code, pointer)) return;
    if (used) {
      if (changed) reporter.report(Signal::use_after_free, *line.line, pointer);
      return;
    }
    if (line.indent == freeing.indent && leaves(line.code)) return;
  }
}

// A string that is written out, and a format without %s, have a size that can be seen.
bool is_bounded(std::string_view name, std::string_view code, std::string_view text, std::size_t open) {
  const std::string_view list = arguments_at(code, open);
  const std::vector<std::string_view> arguments = split_arguments(list);
  if (name == "gets") return false;
  if (arguments.size() < 2) return true;
  const std::string_view source = arguments[1];
  if (name == "strcpy" || name == "strcat") return source.starts_with('"');
  const std::size_t at = static_cast<std::size_t>(source.data() - code.data());
  return source.starts_with('"') && !has_text(text.substr(at, source.size()), "%s");
}

// Whether a deleted line near had the same call.
bool was_there(const CodeHunk& hunk, std::size_t index, std::string_view call) {
  const std::string wanted = without_space(call);
  const Range near = lines_near(hunk, index);
  for (std::size_t i = near.first; i < near.last; ++i) {
    if (hunk.lines[i].deleted() && has_text(without_space(hunk.lines[i].code), wanted)) return true;
  }
  return false;
}

// Whether a condition shortly before measures the text, or the hunk shows that the source is written out.
bool is_guarded(const CodeHunk& hunk, std::size_t index, std::size_t open) {
  constexpr std::size_t lines_max = 4;
  for (std::size_t i = index, seen = 0; i-- > 0 && seen < lines_max;) {
    const CodeLine& line = hunk.lines[i];
    if (!line.in_new() || line.blank) continue;
    ++seen;
    const bool compares = line.code.find_first_of("<>") != none;
    if (compares && (has_word(line.code, "strlen") || has_word(line.code, "sizeof"))) return true;
  }
  const std::vector<std::string_view> arguments = split_arguments(arguments_at(hunk.lines[index].code, open));
  if (arguments.size() < 2) return false;
  const std::string written = std::string(arguments[1]) + "[]=\"";
  const Range near = lines_near(hunk, index);
  for (std::size_t i = near.first; i < near.last; ++i) {
    const CodeLine& line = hunk.lines[i];
    if (line.in_new() && !line.blank && has_text(without_space(line.code), written)) return true;
  }
  return false;
}

void find_unbounded_copies(const CodeFile& file, const CodeHunk& hunk, Reporter& reporter) {
  constexpr std::string_view names[] = {"strcpy", "strcat", "sprintf", "vsprintf",
                                        "gets",   "wcscpy", "stpcpy"};
  for (std::size_t i = 0; i < hunk.lines.size(); ++i) {
    const CodeLine& line = hunk.lines[i];
    if (!line.added() || line.blank || is_directive(line, file.language)) continue;
    for (const std::string_view name : names) {
      const Call call = find_call(line.code, name, Qualified::is_plain);
      if (!call || is_bounded(name, line.code, line.line->text, call.open)) continue;
      if (!was_there(hunk, i, line.code.substr(call.name)) && !is_guarded(hunk, i, call.open)) {
        reporter.report(Signal::unbounded_copy, *line.line, name);
      }
    }
  }
}

}  // namespace

void find_memory_misuse(const CodeFile& file, Reporter& reporter) {
  if (!file.c_family() || file.is_test()) return;
  for (const CodeHunk& hunk : file.hunks) {
    for (std::size_t i = 0; i < hunk.lines.size(); ++i) {
      const CodeLine& line = hunk.lines[i];
      if (!line.in_new() || line.blank || is_directive(line, file.language)) continue;
      const std::string_view pointer = freed_by(line.code);
      if (!pointer.empty() && reporter.wants(Signal::use_after_free)) {
        find_use_after(file, hunk, i, pointer, reporter);
      }
    }
    if (reporter.wants(Signal::unbounded_copy)) find_unbounded_copies(file, hunk, reporter);
  }
}

}  // namespace review::signals
