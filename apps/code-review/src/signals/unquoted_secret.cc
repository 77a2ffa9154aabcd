#include "signals/unquoted_secret.h"

#include <algorithm>
#include <string>

#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

struct Setting {
  std::string_view key;
  std::string_view value;
};

// The end of the name counts: `token_url` and `password_file` are no secrets.
bool names_secret(std::string_view key) {
  constexpr std::string_view endings[] = {"password",  "passwd",     "secret",  "secretkey",
                                          "apikey",    "token",      "authkey", "privatekey",
                                          "accesskey", "credential", "dbpass"};
  std::string name;
  for (const char c : key) {
    if (is_alnum(c)) name += lower(c);
  }
  return std::ranges::any_of(endings, [&](std::string_view ending) { return name.ends_with(ending); });
}

// Names made of words change seldom between letters and digits, what a machine made does often.
bool looks_mixed(std::string_view value) {
  constexpr std::size_t changes_min = 3;
  std::size_t changes = 0;
  for (std::size_t i = 1; i < value.size(); ++i) {
    changes +=
        (is_digit(value[i - 1]) && is_letter(value[i])) || (is_letter(value[i - 1]) && is_digit(value[i]))
            ? 1
            : 0;
  }
  return changes >= changes_min;
}

bool is_path_or_reference(std::string_view value) {
  return value.empty() || std::string_view("/.~!@#").contains(value.front());
}

void add(const Setting& setting, std::vector<std::string_view>& out) {
  if (names_secret(setting.key) && !is_path_or_reference(setting.value) && looks_mixed(setting.value))
    out.push_back(setting.value);
}

// "key=value" or "key: value" up to the end of the line or a remark.
Setting whole_line(std::string_view line) {
  const std::size_t at = line.find_first_of("=:");
  if (at == none || at + 1 >= line.size()) return {};
  const std::string_view key = trim(line.substr(0, at));
  if (!std::ranges::all_of(key, [](char c) { return is_word(c) || c == '-' || c == '.'; })) return {};
  std::string_view value = line.substr(at + 1);
  value = value.substr(0, value.find(" #"));
  return {key, trim(value)};
}

}  // namespace

bool has_unquoted_settings(const FileChange& file) {
  const std::string name = to_lower(base_name(file.path));
  constexpr std::string_view templates[] = {"example", "sample", "template", "dist", "test"};
  if (has_any_text(name, templates)) return false;
  if (file.language == Language::yaml || file.language == Language::dockerfile) return true;
  constexpr std::string_view endings[] = {".env", ".properties", ".ini", ".cfg", ".conf"};
  return name.starts_with(".env") ||
         std::ranges::any_of(endings, [&](std::string_view ending) { return name.ends_with(ending); });
}

std::vector<std::string_view> unquoted_secrets(std::string_view line) {
  std::vector<std::string_view> out;
  std::string_view text = trim(line);
  if (text.empty() || std::string_view("#;!").contains(text.front())) return out;
  for (const std::string_view lead : {"export ", "- "}) {
    if (text.starts_with(lead)) text = trim(text.substr(lead.size()));
  }
  if (!text.starts_with("ENV ") && !text.starts_with("ARG ")) {
    add(whole_line(text), out);
    return out;
  }
  // A Dockerfile's line has one "KEY value" or any number of "KEY=value".
  std::string_view rest = trim(text.substr(4));
  std::string_view word = take_until(rest, ' ');
  if (word.find('=') == none) {
    add({word, trim(rest)}, out);
    return out;
  }
  for (; !word.empty() || !rest.empty(); word = take_until(rest, ' ')) add(whole_line(word), out);
  return out;
}

}  // namespace review::signals
