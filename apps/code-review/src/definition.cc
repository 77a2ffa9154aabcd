#include "definition.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "text.h"

namespace review {
namespace {

using Kind = Definition::Kind;
constexpr std::size_t none = std::string_view::npos;

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::size_t word_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && (is_word(text[length]) || text[length] == '$')) ++length;
  return length;
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, word_length(text));
}

// Takes leading words of `words` off, with what stands in parentheses after them ("pub(crate)").
std::string_view without_modifiers(std::string_view text, std::span<const std::string_view> words) {
  while (true) {
    text = trim(text);
    const std::string_view word = first_word(text);
    if (word.empty() || !is_one_of(word, words)) return text;
    text.remove_prefix(word.size());
    if (word == "pub" && text.starts_with('(')) text.remove_prefix(std::min(text.find(')') + 1, text.size()));
  }
}

// What follows `keyword` and white space, if `text` begins so.
std::optional<std::string_view> after_keyword(std::string_view text, std::string_view keyword) {
  if (!text.starts_with(keyword) || text.size() == keyword.size() || !is_space(text[keyword.size()])) {
    return std::nullopt;
  }
  return trim(text.substr(keyword.size()));
}

// "keyword name …" for any of `keywords`.
std::optional<Definition> named_after(std::string_view text, std::span<const std::string_view> keywords,
                                      Kind kind) {
  for (const std::string_view keyword : keywords) {
    const std::optional<std::string_view> rest = after_keyword(text, keyword);
    if (!rest) continue;
    const std::string_view name = first_word(*rest);
    if (!name.empty() && !is_digit(name.front())) return Definition{kind, name};
  }
  return std::nullopt;
}

constexpr std::array<std::string_view, 24> statement_words = {
    "if",   "for",   "while",  "switch",  "return",   "else",      "do",       "catch",
    "case", "goto",  "new",    "delete",  "throw",    "sizeof",    "using",    "typedef",
    "try",  "await", "typeof", "default", "co_await", "co_return", "co_yield", "function"};

// The name in front of the first parenthesis, with its qualifiers ("Parser::next", "~Parser").
std::string_view name_before(std::string_view text, std::size_t parenthesis) {
  std::size_t end = parenthesis;
  while (end > 0 && is_space(text[end - 1])) --end;
  std::size_t start = end;
  while (start > 0 && (is_word(text[start - 1]) || text[start - 1] == ':' || text[start - 1] == '~' ||
                       text[start - 1] == '$' || text[start - 1] == '#')) {
    --start;
  }
  std::string_view name = text.substr(start, end - start);
  while (name.starts_with(':')) name.remove_prefix(1);
  return name;
}

// The way macros are named.
bool is_loud(std::string_view name) {
  return name.size() > 2 && name.find(':') == none &&
         std::none_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z'); });
}

enum class Shape : std::uint8_t { body_only, prototype_at_margin, prototype_anywhere };

// "type name(parameters) {", the way of C++ and Java; at the left margin also C's with the type on the line
// before, and prototypes.
std::optional<Definition> c_like_function(std::string_view line, Shape shape) {
  const std::string_view text = trim(line);
  const std::size_t parenthesis = text.find('(');
  if (parenthesis == none || parenthesis == 0) return std::nullopt;
  const std::string_view name = name_before(text, parenthesis);
  if (name.empty() || is_digit(name.front()) || is_one_of(name, statement_words)) return std::nullopt;
  const std::string_view before =
      trim(std::string_view(text.data(), static_cast<std::size_t>(name.data() - text.data())));
  if (before.find_first_of("=\"'.?!+|;,(){}") != none || is_one_of(first_word(before), statement_words)) {
    return std::nullopt;
  }
  const char next = parenthesis + 1 < text.size() ? text[parenthesis + 1] : ' ';
  if (next == '[' || next == '"') return std::nullopt;
  const bool margin = !line.empty() && !is_space(line.front());
  const char last = text.back();
  if (before.empty()) {
    // Only a name: a call, unless it stands at the margin without an end, or it is a constructor with a body.
    if (is_loud(name)) return std::nullopt;
    const bool open = last == ')' || last == ',' || last == '{';
    return margin && open ? std::optional(Definition{Kind::function, name}) : std::nullopt;
  }
  if (before.ends_with("->") || before.ends_with("&&")) return std::nullopt;
  if (last == '{' || (margin && last != ';')) return Definition{Kind::function, name};
  const bool prototype =
      shape == Shape::prototype_anywhere || (margin && shape == Shape::prototype_at_margin);
  if (last == ';' && prototype) return Definition{Kind::function, name};
  return std::nullopt;
}

std::optional<Definition> in_c(std::string_view line, Language language, Shape shape) {
  std::string_view text = trim(line);
  // A constructor's initialisers begin with a colon or a comma.
  if (text.empty() || text.starts_with('#') || text.starts_with('}') || text.starts_with(':') ||
      text.starts_with(',')) {
    // Without a value it is the guard of a header, or a switch.
    const std::optional<std::string_view> macro = after_keyword(text, "#define");
    const std::string_view name = macro ? first_word(*macro) : std::string_view();
    return !name.empty() && name.size() < macro->size() ? std::optional(Definition{Kind::macro, name})
                                                        : std::nullopt;
  }
  constexpr std::array<std::string_view, 5> modifiers = {"typedef", "static", "export", "inline", "const"};
  constexpr std::array<std::string_view, 6> types = {"enum class", "struct", "class",
                                                     "union",      "enum",   "concept"};
  const std::string_view plain = without_modifiers(text, modifiers);
  if (text.back() != ';' && text.find('(') == none && text.find('=') == none) {
    if (std::optional<Definition> type = named_after(plain, types, Kind::type)) return type;
  }
  const bool margin = !is_space(line.front());
  if (!margin && language == Language::c && shape != Shape::prototype_anywhere) return std::nullopt;
  return c_like_function(line, shape);
}

std::optional<Definition> in_java(std::string_view line) {
  constexpr std::array<std::string_view, 13> modifiers = {
      "public", "private",  "protected", "static",  "final",     "abstract", "synchronized",
      "native", "strictfp", "sealed",    "default", "transient", "volatile"};
  constexpr std::array<std::string_view, 5> types = {"class", "interface", "enum", "record", "@interface"};
  const std::string_view plain = without_modifiers(line, modifiers);
  if (std::optional<Definition> type = named_after(plain, types, Kind::type)) return type;
  if (plain.starts_with('@')) return std::nullopt;
  if (std::optional<Definition> function = c_like_function(line, Shape::body_only)) return function;
  // A constructor: after its modifiers there is no type.
  const bool modified = plain.data() != trim(line).data();
  const std::string_view name = first_word(plain);
  if (modified && !name.empty() && plain.substr(name.size()).starts_with('('))
    return Definition{Kind::function, name};
  return std::nullopt;
}

std::optional<Definition> in_python(std::string_view line) {
  constexpr std::array<std::string_view, 2> functions = {"async def", "def"};
  constexpr std::array<std::string_view, 2> types = {"class", "cdef class"};
  const std::string_view text = trim(line);
  if (std::optional<Definition> function = named_after(text, functions, Kind::function)) return function;
  return named_after(text, types, Kind::type);
}

std::optional<Definition> in_go(std::string_view line) {
  constexpr std::array<std::string_view, 1> types = {"type"};
  constexpr std::array<std::string_view, 1> functions = {"func"};
  if (const std::optional<std::string_view> rest = after_keyword(line, "func");
      rest && rest->starts_with('(')) {
    const std::size_t receiver = rest->find(')');
    if (receiver == none) return std::nullopt;
    const std::string_view name = first_word(trim(rest->substr(receiver + 1)));
    return name.empty() ? std::nullopt : std::optional(Definition{Kind::function, name});
  }
  if (std::optional<Definition> function = named_after(line, functions, Kind::function)) return function;
  return named_after(line, types, Kind::type);
}

std::optional<Definition> in_rust(std::string_view line) {
  constexpr std::array<std::string_view, 6> modifiers = {"pub",   "async",   "unsafe",
                                                         "const", "default", "extern"};
  constexpr std::array<std::string_view, 1> functions = {"fn"};
  constexpr std::array<std::string_view, 6> types = {"struct", "enum", "trait",
                                                     "union",  "mod",  "macro_rules!"};
  std::string_view text = without_modifiers(line, modifiers);
  if (text.starts_with("\"C\"")) text = without_modifiers(text.substr(3), modifiers);
  if (std::optional<Definition> function = named_after(text, functions, Kind::function)) return function;
  if (std::optional<Definition> type = named_after(text, types, Kind::type)) return type;
  if (!text.starts_with("impl")) return std::nullopt;
  const std::size_t target = text.find(" for ");
  std::string_view name = target == none ? trim(text.substr(4)) : trim(text.substr(target + 5));
  if (name.starts_with('<') && name.find('>') != none) name = trim(name.substr(name.find('>') + 1));
  name = first_word(name);
  return name.empty() ? std::nullopt : std::optional(Definition{Kind::type, name});
}

// "name(…) {" within a class, and "name = (…) =>".
std::optional<Definition> script_method(std::string_view text) {
  constexpr std::array<std::string_view, 9> modifiers = {
      "public", "private", "protected", "static", "async", "get", "readonly", "set", "override"};
  const std::string_view plain = without_modifiers(text, modifiers);
  std::string_view rest = plain.starts_with('#') ? plain.substr(1) : plain;
  const std::string_view name = first_word(rest);
  if (name.empty() || is_one_of(name, statement_words)) return std::nullopt;
  rest.remove_prefix(name.size());
  // `it('does this', () => {` is a call.
  if (rest.size() > 1 && (rest[1] == '"' || rest[1] == '\'' || rest[1] == '`')) return std::nullopt;
  if (rest.starts_with('(') && text.ends_with('{') && rest.find("=>") == none)
    return Definition{Kind::function, name};
  return std::nullopt;
}

std::optional<Definition> in_javascript(std::string_view line) {
  constexpr std::array<std::string_view, 5> modifiers = {"export", "default", "async", "declare", "abstract"};
  constexpr std::array<std::string_view, 2> functions = {"function*", "function"};
  constexpr std::array<std::string_view, 4> types = {"class", "interface", "enum", "namespace"};
  constexpr std::array<std::string_view, 3> variables = {"const", "let", "var"};
  const std::string_view text = without_modifiers(line, modifiers);
  if (std::optional<Definition> function = named_after(text, functions, Kind::function)) return function;
  if (std::optional<Definition> type = named_after(text, types, Kind::type)) return type;
  if (std::optional<Definition> variable = named_after(text, variables, Kind::function)) {
    const std::size_t equals = text.find('=');
    if (equals == none) return std::nullopt;
    const std::string_view value = trim(text.substr(equals + 1));
    const bool arrow = value.find("=>") != none && (value.starts_with('(') || value.starts_with("async"));
    if (arrow || value.starts_with("function")) return variable;
    return std::nullopt;
  }
  // `module.name = function (…)`
  if (const std::size_t equals = text.find(" = function"); equals != none) {
    const std::string_view target = text.substr(0, equals);
    const std::string_view name = target.substr(target.rfind('.') + 1);
    if (!name.empty() && word_length(name) == name.size()) return Definition{Kind::function, name};
  }
  return script_method(text);
}

std::optional<Definition> in_shell(std::string_view line) {
  constexpr std::array<std::string_view, 1> functions = {"function"};
  if (std::optional<Definition> function = named_after(line, functions, Kind::function)) return function;
  const std::size_t parenthesis = line.find("()");
  if (parenthesis == none || parenthesis == 0) return std::nullopt;
  const std::string_view name = trim(line.substr(0, parenthesis));
  return word_length(name) == name.size() ? std::optional(Definition{Kind::function, name}) : std::nullopt;
}

std::optional<Definition> in_ruby_or_php(std::string_view line) {
  constexpr std::array<std::string_view, 7> modifiers = {"public", "private",  "protected", "static",
                                                         "final",  "abstract", "async"};
  constexpr std::array<std::string_view, 2> functions = {"def", "function"};
  constexpr std::array<std::string_view, 4> types = {"class", "module", "interface", "trait"};
  std::string_view text = without_modifiers(line, modifiers);
  if (text.starts_with("def self.")) text = text.substr(9);
  if (text.size() < line.size() && word_length(text) > 0 && trim(line).starts_with("def self.")) {
    return Definition{Kind::function, first_word(text)};
  }
  if (std::optional<Definition> function = named_after(text, functions, Kind::function)) return function;
  return named_after(text, types, Kind::type);
}

std::optional<Definition> in_sql(std::string_view line) {
  constexpr std::array<std::string_view, 6> objects = {"table",    "view",      "index",
                                                       "function", "procedure", "trigger"};
  constexpr std::array<std::string_view, 10> passed_over = {"create", "alter", "drop", "or",     "replace",
                                                            "unique", "if",    "not",  "exists", "temporary"};
  std::string_view rest = trim(line);
  const std::string_view verb = first_word(rest);
  if (!equal_ignoring_case(verb, "create") && !equal_ignoring_case(verb, "alter") &&
      !equal_ignoring_case(verb, "drop")) {
    return std::nullopt;
  }
  while (!rest.empty()) {
    const std::string_view word = first_word(rest);
    if (word.empty()) return std::nullopt;
    const std::string word_lower = to_lower(word);
    const bool known = is_one_of(word_lower, objects) || is_one_of(word_lower, passed_over);
    if (!known) return Definition{Kind::type, word};
    rest = trim(rest.substr(word.size()));
    while (!rest.empty() && (rest.front() == '"' || rest.front() == '`')) rest.remove_prefix(1);
  }
  return std::nullopt;
}

std::optional<Definition> heading(std::string_view line) {
  if (!line.starts_with('#')) return std::nullopt;
  const std::string_view name =
      trim(line.substr(line.find_first_not_of('#') == none ? line.size() : line.find_first_not_of('#')));
  return name.empty() ? std::nullopt : std::optional(Definition{Kind::section, name});
}

}  // namespace

std::optional<Definition> definition_in(Language language, std::string_view line) {
  if (is_comment_or_blank(language, line) && language != Language::markdown) return std::nullopt;
  switch (language) {
    case Language::c:
    case Language::cpp:
      return in_c(line, language, Shape::prototype_at_margin);
    case Language::java:
      return in_java(line);
    case Language::python:
      return in_python(line);
    case Language::go:
      return in_go(line);
    case Language::rust:
      return in_rust(line);
    case Language::javascript:
    case Language::typescript:
      return in_javascript(line);
    case Language::shell:
      return in_shell(line);
    case Language::ruby:
    case Language::php:
      return in_ruby_or_php(line);
    case Language::sql:
      return in_sql(line);
    case Language::markdown:
      return heading(line);
    default:
      return std::nullopt;
  }
}

std::optional<Definition> definition_in_file(std::string_view path, Language language,
                                             std::string_view line) {
  const bool c_family = language == Language::c || language == Language::cpp;
  const std::string_view extension = path.substr(path.rfind('.') == none ? path.size() : path.rfind('.') + 1);
  constexpr std::array<std::string_view, 4> headers = {"h", "hh", "hpp", "hxx"};
  if (!c_family || !is_one_of(extension, headers) || is_comment_or_blank(language, line)) {
    return definition_in(language, line);
  }
  return in_c(line, language, Shape::prototype_anywhere);
}

bool is_comment_or_blank(Language language, std::string_view line) {
  const std::string_view text = trim(line);
  if (text.empty()) return true;
  switch (language) {
    case Language::c:
    case Language::cpp:
    case Language::java:
    case Language::go:
    case Language::rust:
    case Language::javascript:
    case Language::typescript:
    case Language::php: {
      if (text.starts_with("//")) return true;
      if (text.starts_with("/*")) return text.find("*/") == none || text.ends_with("*/");
      // The middle of a block comment; `*p = 1;` has no space after the star.
      return text == "*" || text.starts_with("* ") || text == "*/";
    }
    case Language::python:
    case Language::shell:
    case Language::ruby:
    case Language::yaml:
    case Language::toml:
    case Language::make:
    case Language::cmake:
    case Language::dockerfile:
      return text.starts_with('#');
    case Language::sql:
      return text.starts_with("--");
    case Language::xml:
      return text.starts_with("<!--") && text.ends_with("-->");
    default:
      return false;
  }
}

bool ends_definition(Language language, std::string_view line) {
  if (line.empty() || is_space(line.front())) return false;
  switch (language) {
    case Language::python:
      return !line.starts_with('#') && !line.starts_with('@') && !line.starts_with(')') &&
             !definition_in(language, line);
    case Language::ruby:
      return line.starts_with("end");
    case Language::markdown:
    case Language::sql:
      return false;
    default:
      return line.starts_with('}');
  }
}

}  // namespace review
