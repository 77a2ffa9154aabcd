#include "calls.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "definition.h"
#include "signals/code.h"
#include "signals/match.h"
#include "text.h"

namespace review {
namespace {

constexpr std::size_t names_max = 400;

// Words that stand before a parenthesis and call nothing, and calls that say nothing of what a change does.
constexpr std::array<std::string_view, 64> no_calls = {
    "if",       "for",       "while", "switch", "return", "sizeof",        "catch",   "and",
    "or",       "not",       "in",    "elif",   "assert", "func",          "fn",      "function",
    "match",    "except",    "print", "super",  "new",    "delete",        "defined", "alignof",
    "typeof",   "decltype",  "await", "async",  "yield",  "lambda",        "throw",   "raise",
    "with",     "else",      "int",   "string", "str",    "static_assert", "len",     "make",
    "Some",     "Ok",        "Err",   "clone",  "unwrap", "get",           "push",    "append",
    "size",     "length",    "min",   "max",    "printf", "fprintf",       "isNull",  "is_null",
    "toString", "to_string", "set",   "add",    "isset",  "empty",         "isEmpty", "is_empty"};

void collect(std::string_view code, std::vector<std::string_view>& names) {
  for (std::size_t open = code.find('('); open != std::string_view::npos; open = code.find('(', open + 1)) {
    const std::string_view name = signals::name_before(code, open);
    if (name.empty() || is_digit(name.front()) || names.size() >= names_max) continue;
    if (std::find(no_calls.begin(), no_calls.end(), name) != no_calls.end()) continue;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
}

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> shown(const std::vector<std::string_view>& names,
                               const std::vector<std::string_view>& others,
                               const std::vector<std::string_view>& around,
                               const std::vector<std::string_view>& defined) {
  std::vector<std::string> out;
  for (const std::string_view name : names) {
    if (contains(others, name) || contains(around, name) || contains(defined, name)) continue;
    out.push_back(concat(shorten(name, 60), "()"));
  }
  return out;
}

}  // namespace

Calls calls_of(const FileChange& file) {
  std::vector<std::string_view> added;
  std::vector<std::string_view> deleted;
  std::vector<std::string_view> around;
  std::vector<std::string_view> defined;
  const signals::CodeFile code = signals::code_of(file);
  if (!code.is_program()) return {};
  for (const signals::CodeHunk& hunk : code.hunks) {
    for (const signals::CodeLine& line : hunk.lines) {
      if (line.blank) continue;
      const std::optional<Definition> definition = definition_in_file(file.path, file.language, line.code);
      if (definition) {
        const std::string_view name = definition->name;
        const std::size_t scope = name.rfind(':');
        if (defined.size() < names_max)
          defined.push_back(scope == std::string_view::npos ? name : name.substr(scope + 1));
        continue;
      }
      collect(line.code, line.added() ? added : line.deleted() ? deleted : around);
    }
  }
  return {shown(added, deleted, around, defined), shown(deleted, added, around, defined)};
}

}  // namespace review
