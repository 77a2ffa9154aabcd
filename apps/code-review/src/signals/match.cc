#include "signals/match.h"

#include <algorithm>

#include "text.h"

namespace review::signals {
namespace {

bool stands_alone(std::string_view code, std::size_t at, std::size_t size) {
  return (at == 0 || !is_word(code[at - 1])) && (at + size >= code.size() || !is_word(code[at + size]));
}

bool is_member(std::string_view code, std::size_t at) {
  while (at > 0 && is_space(code[at - 1])) --at;
  if (at == 0) return false;
  if (code[at - 1] == '.') return true;
  return at >= 2 && (code.substr(at - 2, 2) == "->" || code.substr(at - 2, 2) == "::");
}

// Whether the name at `at` is written `std::name` or `::name`.
bool is_standard(std::string_view code, std::size_t at) {
  std::string_view before = trim(code.substr(0, at));
  if (!before.ends_with("::")) return false;
  before.remove_suffix(2);
  const auto is_global = [](std::string_view text) {
    return text.empty() || !(is_word(text.back()) || std::string_view(":>)]").contains(text.back()));
  };
  if (is_global(before)) return true;
  if (!before.ends_with("std")) return false;
  before.remove_suffix(3);
  return is_global(before) || (before.ends_with("::") && is_global(before.substr(0, before.size() - 2)));
}

Call call_at(std::string_view code, std::size_t at, std::size_t size) {
  std::size_t open = at + size;
  while (open < code.size() && is_space(code[open])) ++open;
  if (open >= code.size() || code[open] != '(') return {};
  return {at, open};
}

}  // namespace

std::size_t find_word(std::string_view code, std::string_view word, std::size_t from) {
  for (std::size_t at = code.find(word, from); at != none; at = code.find(word, at + 1)) {
    if (stands_alone(code, at, word.size())) return at;
  }
  return none;
}

bool has_word(std::string_view code, std::string_view word) {
  return find_word(code, word) != none;
}

bool has_any_word(std::string_view code, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return has_word(code, word); });
}

bool has_any_text(std::string_view text, std::span<const std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return has_text(text, part); });
}

bool has_text(std::string_view text, std::string_view part) {
  return text.find(part) != none;
}

std::size_t find_ignoring_case(std::string_view text, std::string_view part, std::size_t from) {
  for (std::size_t at = from; at + part.size() <= text.size(); ++at) {
    std::size_t i = 0;
    while (i < part.size() && lower(text[at + i]) == part[i]) ++i;
    if (i == part.size()) return at;
  }
  return none;
}

Call find_call(std::string_view code, std::string_view name, Qualified qualified) {
  for (std::size_t at = find_word(code, name); at != none; at = find_word(code, name, at + 1)) {
    const bool plain = qualified == Qualified::is_plain && is_standard(code, at);
    if (!plain && is_member(code, at)) continue;
    if (const Call call = call_at(code, at, name.size())) return call;
  }
  return {};
}

Call find_method(std::string_view code, std::string_view name, std::size_t from) {
  for (std::size_t at = find_word(code, name, from); at != none; at = find_word(code, name, at + 1)) {
    if (!is_member(code, at)) continue;
    if (const Call call = call_at(code, at, name.size())) return call;
  }
  return {};
}

std::string_view arguments_at(std::string_view code, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < code.size(); ++at) {
    if (code[at] == '(' || code[at] == '[' || code[at] == '{') ++depth;
    if (code[at] == ')' || code[at] == ']' || code[at] == '}') --depth;
    if (depth == 0) return code.substr(open + 1, at - open - 1);
  }
  return open < code.size() ? code.substr(open + 1) : std::string_view();
}

std::vector<std::string_view> split_arguments(std::string_view list) {
  std::vector<std::string_view> out;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t at = 0; at < list.size(); ++at) {
    const char c = list[at];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c == ',' && depth == 0) {
      out.push_back(trim(list.substr(start, at - start)));
      start = at + 1;
    }
  }
  const std::string_view last = trim(list.substr(start));
  if (!last.empty() || !out.empty()) out.push_back(last);
  return out;
}

std::string without_space(std::string_view code) {
  std::string out;
  out.reserve(code.size());
  for (const char c : code) {
    if (!is_space(c)) out.push_back(c);
  }
  return out;
}

std::string_view next_identifier(std::string_view code, std::size_t& at) {
  while (at < code.size()) {
    if (!is_word(code[at])) {
      ++at;
      continue;
    }
    const std::size_t start = at;
    while (at < code.size() && is_word(code[at])) ++at;
    if (!is_digit(code[start])) return code.substr(start, at - start);
  }
  return {};
}

std::vector<std::string_view> identifiers_of(std::string_view code) {
  std::vector<std::string_view> out;
  std::size_t at = 0;
  for (std::string_view name = next_identifier(code, at); !name.empty(); name = next_identifier(code, at)) {
    out.push_back(name);
  }
  return out;
}

std::string_view name_before(std::string_view code, std::size_t open) {
  if (open > code.size()) return {};
  std::size_t end = open;
  while (end > 0 && is_space(code[end - 1])) --end;
  std::size_t start = end;
  while (start > 0 && is_word(code[start - 1])) --start;
  return code.substr(start, end - start);
}

bool is_constant_name(std::string_view identifier) {
  constexpr std::string_view words[] = {
      "NULL",   "nullptr",    "null",   "None",     "nil",    "undefined", "true", "false",    "True",
      "False",  "self",       "this",   "sizeof",   "not",    "and",       "or",   "is",       "in",
      "strlen", "instanceof", "typeof", "unlikely", "likely", "size_t",    "int",  "unsigned", "const"};
  if (std::ranges::find(words, identifier) != std::end(words)) return true;
  return identifier.size() > 1 &&
         std::ranges::none_of(identifier, [](char c) { return c >= 'a' && c <= 'z'; });
}

std::vector<std::string_view> tokens_of(std::string_view code) {
  constexpr std::string_view operators[] = {
      "<=", ">=", "==", "!=", "&&", "||", "->", "::", "<<", ">>", "+=", "-=", "++", "--", ":=", "=>"};
  std::vector<std::string_view> out;
  std::size_t at = 0;
  while (at < code.size()) {
    if (is_space(code[at])) {
      ++at;
      continue;
    }
    std::size_t size = 1;
    if (is_word(code[at])) {
      while (at + size < code.size() && is_word(code[at + size])) ++size;
    } else if (std::ranges::find(operators, code.substr(at, 2)) != std::end(operators)) {
      size = 2;
    }
    out.push_back(code.substr(at, size));
    at += size;
  }
  return out;
}

}  // namespace review::signals
