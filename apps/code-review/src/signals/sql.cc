// sql-from-text: a query whose values are put in as text.
#include <algorithm>

#include "signals/blocks.h"
#include "signals/family.h"
#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

// Where a statement of SQL begins: a verb with the word that belongs to it.
std::size_t find_statement(std::string_view text) {
  struct Form {
    std::string_view verb;
    std::string_view partner;
  };
  constexpr Form forms[] = {{"select ", " from "}, {"insert into ", ""}, {"update ", " set "},
                            {"delete from ", ""},  {"drop table ", ""},  {"replace into ", ""}};
  for (const Form& form : forms) {
    const std::size_t verb = find_ignoring_case(text, form.verb);
    if (verb == none || (verb > 0 && is_word(text[verb - 1]))) continue;
    // "Select one from the list" is a sentence.
    if (is_upper(text[verb]) != is_upper(text[verb + 1])) continue;
    if (form.partner.empty() || find_ignoring_case(text, form.partner, verb) != none) return verb;
  }
  return none;
}

// A placeholder of string formatting inside quotes of SQL: only text is ever put there.
bool has_quoted_placeholder(std::string_view text) {
  constexpr std::string_view parts[] = {"'%s'", "\"%s\"", "'{}'",  "\\\"%s\\\"", "'${",  "'{",
                                        "'%d'", "'\" +",  "'\" .", "='\"",       "= '\""};
  return has_any_text(text, parts);
}

// Whether something is put into the text that stands in quotes at `at`.
bool is_built(std::string_view text, std::string_view code, std::size_t at, Language language) {
  if (has_quoted_placeholder(text.substr(at))) return true;
  const std::size_t open = text.find_last_of("\"'`", at);
  if (open == none) return false;
  const char quote = text[open];
  const std::string_view before = text.substr(0, open);
  const bool interpolates =
      (language == Language::python && (before.ends_with('f') || before.ends_with("fr"))) || quote == '`' ||
      language == Language::ruby || language == Language::php;
  const std::size_t end = code.find(quote, open + 1);
  const std::string_view inside = text.substr(at, end == none ? none : end - at);
  if (interpolates && (has_text(inside, "{") || has_text(inside, "$"))) {
    if (quote != '`' || has_text(inside, "${")) return true;
  }
  const bool placeholder = has_text(inside, "%s") || has_text(inside, "{}") || has_text(inside, "%d");
  const std::string_view after = end == none ? std::string_view() : trim(code.substr(end + 1));
  if (placeholder) {
    return after.starts_with('%') || after.starts_with(".format") || has_text(before, "printf(") ||
           has_text(before, "Sprintf(") || has_text(before, "format!(") || has_text(before, "String.format(");
  }
  return after.starts_with('+') && !trim(after.substr(1)).empty();
}

// Whether the same text was in a deleted line near.
bool had_statement(const CodeHunk& hunk, std::size_t index) {
  const Range near = lines_near(hunk, index);
  for (std::size_t i = near.first; i < near.last; ++i) {
    const CodeLine& line = hunk.lines[i];
    if (line.deleted() && equal_squeezed(line.line->text, hunk.lines[index].line->text)) return true;
  }
  return false;
}

}  // namespace

void find_built_sql(const CodeFile& file, Reporter& reporter) {
  if (!file.is_program() || file.is_test() || !reporter.wants(Signal::sql_from_text)) return;
  for (const CodeHunk& hunk : file.hunks) {
    for (std::size_t i = 0; i < hunk.lines.size(); ++i) {
      const CodeLine& line = hunk.lines[i];
      if (!line.added()) continue;
      const std::string_view text = line.line->text;
      const std::size_t at = find_statement(text);
      // In the code the inside of strings is blank: what can be seen there is not a query.
      if (at == none || line.code[at] != ' ') continue;
      if (!is_built(text, line.code, at, file.language)) continue;
      if (had_statement(hunk, i)) continue;
      reporter.report(Signal::sql_from_text, *line.line);
    }
  }
}

}  // namespace review::signals
