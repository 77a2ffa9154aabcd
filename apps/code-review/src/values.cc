#include "values.h"

#include <algorithm>
#include <cstddef>

#include "definition.h"
#include "kind.h"
#include "text.h"

namespace review {
namespace {

constexpr std::size_t changes_max = 100;
constexpr std::size_t key_bytes_max = 80;
constexpr std::size_t value_bytes_max = 60;
constexpr std::size_t none = std::string_view::npos;

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= key_bytes_max && std::all_of(text.begin(), text.end(), [](char c) {
    return is_word(c) || c == '.' || c == '-' || c == '/' || c == '@' || c == '$' || c == '[' || c == ']';
  });
}

bool is_constant(std::string_view name) {
  return name.size() > 1 && std::all_of(name.begin(), name.end(), [](char c) {
           return is_digit(c) || c == '_' || (c >= 'A' && c <= 'Z');
         });
}

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

std::string_view last_word(std::string_view text) {
  std::size_t start = text.size();
  while (start > 0 && is_word(text[start - 1])) --start;
  return text.substr(start);
}

// "key<separator>value" of settings files.
std::optional<NamedValue> setting(std::string_view line, std::string_view separators) {
  std::string_view text = trim(line);
  if (text.starts_with("- ")) text = trim(text.substr(2));
  // The separator after a quoted key may stand in the key too ("http://x": 1).
  const std::size_t from = text.starts_with('"') ? text.find('"', 1) : 0;
  const std::size_t at = from == none ? none : text.find_first_of(separators, from);
  if (at == none || at == 0) return std::nullopt;
  std::string_view key = trim(text.substr(0, at));
  std::string_view value = text.substr(at + 1);
  while (value.starts_with('=') || value.starts_with('>')) value.remove_prefix(1);  // "==", "=>"
  if (!key.empty() && std::string_view("><~!:?+").find(key.back()) != none) key.remove_suffix(1);
  value = trim(value);
  if (value.ends_with(',') || value.ends_with(';')) value.remove_suffix(1);
  key = unquoted(key);
  return is_key(key) ? std::optional(NamedValue{key, unquoted(value)}) : std::nullopt;
}

std::optional<NamedValue> go_module(std::string_view line) {
  std::string_view text = trim(line);
  if (text.starts_with("require ")) text = trim(text.substr(8));
  const std::size_t space = text.find(' ');
  if (space == none || space + 2 >= text.size()) return std::nullopt;
  std::string_view value = text.substr(space + 1);
  value = value.substr(0, value.find(" //"));
  const bool version = value.front() == 'v' ? is_digit(value[1]) : is_digit(value.front());
  return version ? std::optional(NamedValue{text.substr(0, space), value}) : std::nullopt;
}

std::optional<NamedValue> element(std::string_view line) {
  const std::string_view text = trim(line);
  const std::size_t open_end = text.find('>');
  const std::size_t close = text.rfind("</");
  if (!text.starts_with('<') || open_end == none || close == none || close <= open_end) return std::nullopt;
  const std::string_view name = text.substr(1, open_end - 1);
  return is_key(name) ? std::optional(NamedValue{name, text.substr(open_end + 1, close - open_end - 1)})
                      : std::nullopt;
}

// "FROM debian:12", "#define KEY value".
std::optional<NamedValue> two_words(std::string_view text) {
  text = trim(text);
  const std::size_t space = text.find_first_of(" \t");
  if (space == none) return std::nullopt;
  const std::string_view key = text.substr(0, space);
  return is_constant(key) ? std::optional(NamedValue{key, trim(text.substr(space))}) : std::nullopt;
}

std::optional<NamedValue> constant(std::string_view line) {
  const std::string_view text = trim(line);
  if (text.starts_with("#define ")) return two_words(text.substr(8));
  const std::size_t equals = text.find('=');
  if (equals == none || equals == 0 || equals + 1 >= text.size() || text[equals + 1] == '=')
    return std::nullopt;
  std::string_view left = text.substr(0, equals);
  // "const int MAX = 3", "MAX: usize = 3", "static final int MAX[] = …"
  if (const std::size_t colon = left.find(':'); colon != none && !left.substr(colon).starts_with("::")) {
    left = left.substr(0, colon);
  }
  const std::string_view key = last_word(trim(left));
  std::string_view value = trim(text.substr(equals + 1));
  if (value.ends_with(';') || value.ends_with(',')) value.remove_suffix(1);
  return is_constant(key) ? std::optional(NamedValue{key, unquoted(value)}) : std::nullopt;
}

struct Value {
  NamedValue value;
  bool paired = false;
};

std::string short_value(std::string_view value) {
  return shorten(squeeze(value), value_bytes_max);
}

void pair_up(std::vector<Value>& deleted, const std::vector<Value>& added,
             std::vector<ValueChange>& changes) {
  for (const Value& after : added) {
    const auto before = std::find_if(deleted.begin(), deleted.end(), [&](const Value& d) {
      return !d.paired && d.value.key == after.value.key;
    });
    if (changes.size() >= changes_max) return;
    ValueChange change{std::string(after.value.key), std::nullopt, short_value(after.value.value)};
    if (before != deleted.end()) {
      before->paired = true;
      if (equal_squeezed(before->value.value, after.value.value)) continue;
      change.before = short_value(before->value.value);
    }
    changes.push_back(std::move(change));
  }
  for (const Value& before : deleted) {
    if (before.paired || changes.size() >= changes_max) continue;
    changes.push_back({std::string(before.value.key), short_value(before.value.value), std::nullopt});
  }
}

}  // namespace

std::optional<NamedValue> named_value_in(const FileChange& file, std::string_view line) {
  if (is_comment_or_blank(file.language, line) && !trim(line).starts_with("#define ")) return std::nullopt;
  if (is_code(file.language)) return constant(line);
  const std::string_view name = base_name(file.path);
  if (name == "go.mod") return go_module(line);
  switch (file.language) {
    case Language::yaml:
    case Language::json:
      return setting(line, ":");
    case Language::toml:
      return setting(line, "=");
    case Language::make:
      return setting(line, "=");
    case Language::xml:
      return element(line);
    case Language::dockerfile:
      return two_words(line);
    case Language::unknown:
      break;
    case Language::markdown:
    default:
      return std::nullopt;
  }
  const FileKind kind = kind_of(file.path);
  if (kind == FileKind::configuration || kind == FileKind::build) return setting(line, "=");
  if (kind == FileKind::dependencies) return setting(line, "=><");
  return std::nullopt;
}

std::vector<ValueChange> value_changes(const FileChange& file) {
  std::vector<ValueChange> changes;
  for (const Hunk& hunk : file.hunks) {
    std::vector<Value> deleted;
    std::vector<Value> added;
    for (const Line& line : hunk.lines) {
      std::vector<Value>& list = line.op == Line::Op::added ? added : deleted;
      if (line.op == Line::Op::context || list.size() >= changes_max) continue;
      if (const std::optional<NamedValue> value = named_value_in(file, line.text)) list.push_back({*value});
    }
    pair_up(deleted, added, changes);
  }
  return changes;
}

}  // namespace review
