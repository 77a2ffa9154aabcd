#include "signals/conditions.h"

#include <algorithm>
#include <utility>

#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

bool is_wordy(Language language) {
  return language == Language::python || language == Language::ruby;
}

// Whether brackets around a condition are part of the language.
bool has_brackets(Language language) {
  return language != Language::python && language != Language::go && language != Language::rust &&
         language != Language::ruby && language != Language::shell;
}

// Whether the bracket at the front is closed by the one at the end.
bool is_enclosed(std::string_view text) {
  return text.size() > 1 && text.front() == '(' && text.back() == ')' &&
         arguments_at(text, 0).size() + 2 == text.size();
}

// Without what belongs to the condition as a whole: brackets around everything or without a partner, a "not".
std::string_view strip(std::string_view text) {
  for (;;) {
    text = trim(text);
    const std::size_t size = text.size();
    const auto opening = std::ranges::count(text, '(');
    const auto closing = std::ranges::count(text, ')');
    if (text.ends_with('{') || text.ends_with(';') || text.ends_with(':')) text.remove_suffix(1);
    if (text.starts_with('(') && opening > closing) text.remove_prefix(1);
    if (text.ends_with(')') && closing > opening) text.remove_suffix(1);
    if (is_enclosed(text)) text = text.substr(1, text.size() - 2);
    if (text.starts_with('!') && !text.starts_with("!=")) text.remove_prefix(1);
    if (text.starts_with("not ")) text.remove_prefix(4);
    if (text.size() == size) return text;
  }
}

// What is compared in `(p = open(name)) == NULL` is the variable.
std::string_view subject_of(std::string_view text) {
  for (std::size_t at = text.find('='); at != none; at = text.find('=', at + 1)) {
    if (at + 1 < text.size() && text[at + 1] == '=') {
      ++at;
    } else if (at > 0 && std::string_view("=!<>+-*/|&^%").find(text[at - 1]) == none) {
      return text.substr(0, at);
    }
  }
  return text;
}

Clause clause_of(std::string_view text) {
  Clause clause{strip(text), {}};
  for (const std::string_view name : identifiers_of(subject_of(clause.text))) {
    if (!is_constant_name(name) && std::ranges::find(clause.names, name) == clause.names.end()) {
      clause.names.push_back(name);
    }
  }
  return clause;
}

struct Connective {
  std::size_t at = none;
  std::size_t size = 0;
};

Connective next_connective(std::string_view text, std::size_t from, bool words) {
  Connective best;
  for (const std::string_view sign : {std::string_view("&&"), std::string_view("||")}) {
    const std::size_t at = text.find(sign, from);
    if (at < best.at) best = {at, sign.size()};
  }
  if (!words) return best;
  for (const std::string_view word : {std::string_view("and"), std::string_view("or")}) {
    const std::size_t at = find_word(text, word, from);
    if (at < best.at) best = {at, word.size()};
  }
  return best;
}

std::vector<Clause> clauses_of(std::string_view text, Language language) {
  std::vector<Clause> out;
  std::size_t start = 0;
  for (;;) {
    const Connective next = next_connective(text, start, is_wordy(language));
    Clause clause = clause_of(text.substr(start, next.at == none ? none : next.at - start));
    if (!clause.names.empty()) out.push_back(std::move(clause));
    if (next.at == none) return out;
    start = next.at + next.size;
  }
}

// Where the condition that follows a keyword at `at` ends.
std::size_t condition_end(std::string_view code, std::size_t at, Language language) {
  if (has_brackets(language)) {
    const std::size_t open = code.find('(', at);
    if (open == none) return code.size();
    const std::string_view inside = arguments_at(code, open);
    return std::min(code.size(), open + 1 + inside.size() + 1);
  }
  const std::size_t end = code.rfind(language == Language::python ? ':' : '{');
  return end == none || end < at ? code.size() : end + 1;
}

struct Keyword {
  std::string_view word;
  Condition::Kind kind;
};

constexpr Keyword keywords[] = {
    {"if", Condition::Kind::branch},  {"elif", Condition::Kind::branch}, {"unless", Condition::Kind::branch},
    {"while", Condition::Kind::loop}, {"until", Condition::Kind::loop},  {"for", Condition::Kind::loop},
};

// The statement's start of Go (`if err := f(); err != nil`) and of a C loop is not what is tested.
std::string_view tested_part(std::string_view text, Condition::Kind kind) {
  const std::size_t first = text.find(';');
  if (first == none) return text;
  if (kind == Condition::Kind::branch) return text.substr(first + 1);
  const std::size_t second = text.find(';', first + 1);
  return text.substr(first + 1, second == none ? none : second - first - 1);
}

bool find_keyword(std::string_view code, Keyword& found, std::size_t& at) {
  at = none;
  for (const Keyword& keyword : keywords) {
    const std::size_t here = find_word(code, keyword.word);
    if (here >= at) continue;
    // A statement begins with it, or "else", "}" or ")" stands before it.
    const std::string_view before = trim(code.substr(0, here));
    if (!before.empty() && !before.ends_with('}') && !before.ends_with("else") && !before.ends_with('{'))
      continue;
    found = keyword;
    at = here;
  }
  return at != none;
}

bool ends_open(std::string_view code, bool words) {
  const std::string_view text = trim(code);
  return text.ends_with("&&") || text.ends_with("||") ||
         (words && (text.ends_with(" and") || text.ends_with(" or")));
}

bool begins_open(std::string_view code, bool words) {
  const std::string_view text = trim(code);
  return text.starts_with("&&") || text.starts_with("||") ||
         (words && (text.starts_with("and ") || text.starts_with("or ")));
}

int bracket_balance(std::string_view code) {
  int balance = 0;
  for (const char c : code) balance += c == '(' ? 1 : c == ')' ? -1 : 0;
  return balance;
}

}  // namespace

bool is_directive(const CodeLine& line, Language language) {
  return (language == Language::c || language == Language::cpp) && trim(line.code).starts_with('#');
}

std::vector<Condition> conditions_of(const CodeHunk& hunk, Line::Op op, Language language) {
  std::vector<Condition> out;
  const bool words = is_wordy(language);
  bool open = false;
  int depth = 0;  // brackets of the condition that are open
  for (std::size_t i = 0; i < hunk.lines.size(); ++i) {
    const CodeLine& line = hunk.lines[i];
    const bool on_side = op == Line::Op::added ? line.in_new() : line.in_old();
    if (!on_side || line.blank || is_directive(line, language)) continue;
    const bool continues = open || begins_open(line.code, words);
    Keyword keyword{};
    std::size_t at = 0;
    const bool begins = find_keyword(line.code, keyword, at);
    if (begins || !continues) depth = 0;
    if (begins || continues || ends_open(line.code, words))
      depth += bracket_balance(line.code.substr(begins ? at : 0));
    open = ends_open(line.code, words) || (depth > 0 && (begins || continues));
    if (line.line->op != op) continue;
    Condition condition;
    condition.line = i;
    std::string_view tested;
    if (begins) {
      const std::size_t end = condition_end(line.code, at, language);
      const std::size_t start = at + keyword.word.size();
      condition.kind = keyword.kind;
      condition.rest = trim(line.code.substr(end));
      tested = line.code.substr(start, end - start);
      if (has_word(tested, "let")) continue;  // Rust: takes a value apart rather than testing it
      if (language == Language::go || keyword.kind == Condition::Kind::loop) {
        tested = tested_part(tested, keyword.kind);
      }
    } else if (continues) {
      condition.kind = Condition::Kind::continuation;
      tested = line.code;
    } else {
      continue;
    }
    condition.clauses = clauses_of(tested, language);
    out.push_back(std::move(condition));
  }
  return out;
}

bool same_subject(const Clause& a, const Clause& b) {
  const std::size_t fewer = std::min(a.names.size(), b.names.size());
  const std::size_t more = std::max(a.names.size(), b.names.size());
  const auto shared = static_cast<std::size_t>(std::ranges::count_if(
      a.names, [&](std::string_view name) { return std::ranges::find(b.names, name) != b.names.end(); }));
  return (shared > 0 && shared == fewer) || (shared > 1 && shared + 1 == more);
}

}  // namespace review::signals
