// Named values that a change sets: settings, versions of dependencies, constants.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diff.h"

namespace review {

struct ValueChange {
  std::string key;
  std::optional<std::string> before;  // absent: the key is new
  std::optional<std::string> after;   // absent: the key is gone
};

struct NamedValue {
  std::string_view key;
  std::string_view value;
};

// "key: value", "key = value", `"key": value,`, `name==1.2`, "#define KEY value" …, as the file's language
// has it. In code only constants: names without small letters.
[[nodiscard]] std::optional<NamedValue> named_value_in(const FileChange& file, std::string_view line);

// In the order of the file; bounded. What a hunk deletes and adds under one key is one change.
[[nodiscard]] std::vector<ValueChange> value_changes(const FileChange& file);

}  // namespace review
