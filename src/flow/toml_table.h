// Reading tables of a TOML file strictly: every key is asked for or reported as unknown, and every value has
// its type, range and position checked. Problems are collected, so that a file's reader never stops at the
// first.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flow/problem.h"

namespace sluice::flow {

inline constexpr std::size_t toml_bytes_max = 1 << 20;
inline constexpr std::size_t toml_entries_max = 1000;

// Parses a document of `toml_bytes_max` bytes at most. Syntax errors give one problem: the first.
[[nodiscard]] std::expected<toml::table, Problems> parse_toml(std::string_view text, std::string file);

enum class Need : std::uint8_t { optional, required };

// Refers to the table and to the problems: both must outlive it.
class TomlTable {
 public:
  TomlTable(const toml::table& table, Origin at, Problems& problems)
      : table_(table), at_(std::move(at)), problems_(problems) {}

  [[nodiscard]] const Origin& at() const { return at_; }
  [[nodiscard]] Problems& problems() { return problems_; }

  // Whether the key is there; it counts as known from here on.
  [[nodiscard]] bool has(std::string_view key);
  // Where the key's value stands; where the table stands if there is none.
  [[nodiscard]] Origin origin_of(std::string_view key) const;

  // Each reports what is wrong with the key's value and then gives nothing.
  // A text without control characters; not empty.
  std::optional<Located<std::string>> text(std::string_view key, Need need = Need::optional);
  std::optional<std::uint64_t> number(std::string_view key, std::uint64_t min, std::uint64_t max);
  std::optional<bool> boolean(std::string_view key);
  // A list of texts; gives the good ones.
  std::vector<Located<std::string>> texts(std::string_view key);
  // One text or a list of texts.
  std::vector<Located<std::string>> text_or_texts(std::string_view key, Need need);
  std::optional<TomlTable> table(std::string_view key, Need need = Need::optional);
  // Whether the key's value is `[]`.
  [[nodiscard]] bool is_empty_list(std::string_view key) const;

  using Entry = std::function<void(Located<std::string> key, const toml::node& value)>;
  // Every entry of this table, in the order of the file; all keys count as known. Of more than
  // toml_entries_max entries none is given, and a problem is reported.
  void each(const Entry& entry);
  // Every entry of this table, each of which must be a table.
  void each_table(const std::function<void(Located<std::string> name, TomlTable table)>& entry);

  // A text as above from a value that `each` gave.
  std::optional<std::string> text_of(const toml::node& value, const Origin& at);
  // Reports that `value` is none of what was expected.
  void wrong_type(const toml::node& value, Origin at, std::string_view expected);

  // Reports the keys that nobody asked for. The last call.
  void finish();

 private:
  const toml::node* find(std::string_view key);
  void texts_of(const toml::array& list, const Origin& at, std::vector<Located<std::string>>& into);

  const toml::table& table_;
  Origin at_;
  Problems& problems_;
  std::vector<std::string> known_;
  bool all_known_ = false;
};

// `at.key` and `key` with a dot between; keys that need it are quoted.
[[nodiscard]] std::string join_key(std::string_view path, std::string_view key);

// Advice on a word that isn't one of `known`: the closest of `known`, or all of them where none is close.
[[nodiscard]] std::string suggest(std::string_view word, const std::vector<std::string>& known);

}  // namespace sluice::flow
