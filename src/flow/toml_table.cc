#include "flow/toml_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "base/text.h"

namespace sluice::flow {

namespace {

constexpr std::array<std::string_view, 10> type_names = {
    "nothing",       "a table", "a list", "a text",         "a whole number", "a number with a fraction",
    "true or false", "a date",  "a time", "a date and time"};

std::string_view type_name(const toml::node& node) {
  const auto index = static_cast<std::size_t>(node.type());
  return index < type_names.size() ? type_names[index] : "something unknown";
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// For messages: control characters as `\\u00XX`, so that a key cannot write on a terminal.
std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text)
    shown += is_control(c) ? fmt::format("\\u{:04X}", static_cast<int>(c)) : std::string(1, c);
  return shown;
}

const std::string* closest(std::string_view word, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best = &candidate;
    best_distance = distance;
  }
  return best;
}

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

Origin origin(const toml::source_region& region, const Origin& parent, std::string key) {
  if (region.begin.line == 0) return {parent.line, parent.column, std::move(key)};
  return {static_cast<std::uint32_t>(region.begin.line), static_cast<std::uint32_t>(region.begin.column),
          std::move(key)};
}

}  // namespace

std::string join_key(std::string_view path, std::string_view key) {
  const bool bare = !key.empty() && std::ranges::all_of(key, is_bare);
  std::string joined{path};
  if (!joined.empty()) joined += '.';
  joined += bare ? std::string{key} : fmt::format("\"{}\"", printable(key));
  return joined;
}

std::string suggest(std::string_view word, const std::vector<std::string>& known) {
  if (known.empty()) return "no keys are expected here";
  if (const std::string* close = closest(word, known)) return fmt::format("did you mean `{}`?", *close);
  return fmt::format("known here: {}", fmt::join(known, ", "));
}

bool TomlTable::has(std::string_view key) {
  return find(key) != nullptr;
}

const toml::node* TomlTable::find(std::string_view key) {
  if (std::ranges::find(known_, key) == known_.end()) known_.emplace_back(key);
  return table_.get(key);
}

Origin TomlTable::origin_of(std::string_view key) const {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return {at_.line, at_.column, join_key(at_.key, key)};
  return origin(node->source(), at_, join_key(at_.key, key));
}

void TomlTable::wrong_type(const toml::node& value, Origin at, std::string_view expected) {
  problems_.add(std::move(at), fmt::format("expected {}, found {}", expected, type_name(value)));
}

std::optional<std::string> TomlTable::text_of(const toml::node& value, const Origin& at) {
  const auto* text = value.as_string();
  if (text == nullptr) {
    wrong_type(value, at, "a text");
    return std::nullopt;
  }
  if (text->get().empty()) {
    problems_.add(at, "is empty", "write a value, or leave the key out");
    return std::nullopt;
  }
  if (std::ranges::any_of(text->get(), is_control)) {
    problems_.add(at, "holds a control character", "write it on one line, without tabs");
    return std::nullopt;
  }
  return text->get();
}

std::optional<Located<std::string>> TomlTable::text(std::string_view key, Need need) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    if (need == Need::required)
      problems_.add(origin_of(key), "is missing", fmt::format("add `{} = \"…\"`", key));
    return std::nullopt;
  }
  Origin at = origin_of(key);
  auto text = text_of(*node, at);
  if (!text) return std::nullopt;
  return Located<std::string>{std::move(*text), std::move(at)};
}

std::optional<std::uint64_t> TomlTable::number(std::string_view key, std::uint64_t min, std::uint64_t max) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const std::string expected = fmt::format("a whole number from {} to {}", min, max);
  const auto* number = node->as_integer();
  if (number == nullptr) {
    wrong_type(*node, origin_of(key), expected);
    return std::nullopt;
  }
  const std::int64_t value = number->get();
  if (value < 0 || static_cast<std::uint64_t>(value) < min || static_cast<std::uint64_t>(value) > max) {
    problems_.add(origin_of(key), fmt::format("expected {}, found {}", expected, value));
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(value);
}

std::optional<bool> TomlTable::boolean(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* boolean = node->as_boolean()) return boolean->get();
  wrong_type(*node, origin_of(key), "true or false");
  return std::nullopt;
}

void TomlTable::texts_of(const toml::array& list, const Origin& at, std::vector<Located<std::string>>& into) {
  std::size_t index = 0;
  for (const toml::node& element : list) {
    Origin place = origin(element.source(), at, fmt::format("{}[{}]", at.key, index++));
    if (auto text = text_of(element, place)) into.push_back({std::move(*text), std::move(place)});
  }
}

std::vector<Located<std::string>> TomlTable::texts(std::string_view key) {
  std::vector<Located<std::string>> found;
  const toml::node* node = find(key);
  if (node == nullptr) return found;
  if (const auto* list = node->as_array()) {
    texts_of(*list, origin_of(key), found);
  } else {
    wrong_type(*node, origin_of(key), "a list of texts");
  }
  return found;
}

std::vector<Located<std::string>> TomlTable::text_or_texts(std::string_view key, Need need) {
  std::vector<Located<std::string>> found;
  const toml::node* node = find(key);
  if (node == nullptr) {
    if (need == Need::required) problems_.add(origin_of(key), "is missing");
    return found;
  }
  if (node->is_array()) return texts(key);
  if (auto one = text(key)) found.push_back(std::move(*one));
  return found;
}

std::optional<TomlTable> TomlTable::table(std::string_view key, Need need) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    if (need == Need::required)
      problems_.add(origin_of(key), "is missing", fmt::format("add a table `{}`", key));
    return std::nullopt;
  }
  if (const auto* table = node->as_table()) return TomlTable{*table, origin_of(key), problems_};
  wrong_type(*node, origin_of(key), "a table");
  return std::nullopt;
}

bool TomlTable::is_empty_list(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return node != nullptr && node->is_array() && node->as_array()->empty();
}

void TomlTable::each(const Entry& entry) {
  struct Item {
    Located<std::string> key;
    const toml::node* value;
  };
  all_known_ = true;
  if (table_.size() > toml_entries_max) {
    problems_.add(at_, fmt::format("{} entries; at most {} are read", table_.size(), toml_entries_max));
    return;
  }
  std::vector<Item> items;
  for (const auto& [key, value] : table_) {
    Origin at = origin(key.source(), at_, join_key(at_.key, key.str()));
    items.push_back({{std::string{key.str()}, std::move(at)}, &value});
  }
  std::ranges::sort(items, [](const Item& a, const Item& b) {
    return std::tie(a.key.at.line, a.key.at.column) < std::tie(b.key.at.line, b.key.at.column);
  });
  for (Item& item : items) entry(std::move(item.key), *item.value);
}

void TomlTable::each_table(const std::function<void(Located<std::string> name, TomlTable table)>& entry) {
  each([&](Located<std::string> key, const toml::node& value) {
    const auto* table = value.as_table();
    if (table == nullptr) {
      wrong_type(value, key.at, "a table");
      return;
    }
    TomlTable child{*table, key.at, problems_};
    entry(std::move(key), std::move(child));
  });
}

void TomlTable::finish() {
  if (all_known_) return;
  for (const auto& [key, value] : table_) {
    const std::string name{key.str()};
    if (std::ranges::find(known_, name) != known_.end()) continue;
    problems_.add(origin(key.source(), at_, join_key(at_.key, name)), "unknown key", suggest(name, known_));
  }
}

}  // namespace sluice::flow
