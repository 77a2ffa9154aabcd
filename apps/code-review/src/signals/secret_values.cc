#include "signals/secret_values.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kind.h"
#include "signals/match.h"
#include "signals/unquoted_secret.h"
#include "text.h"

namespace review::signals {
namespace {

using Values = std::vector<std::string_view>;

// Tokens whose form gives them away: a prefix and how many letters and digits follow at least.
struct Form {
  std::string_view prefix;
  std::size_t follow_min;
};

constexpr Form forms[] = {
    {"AKIA", 16},      {"ASIA", 16},        {"ghp_", 36},     {"gho_", 36},    {"ghs_", 36},
    {"ghr_", 36},      {"github_pat_", 40}, {"glpat-", 20},   {"xoxb-", 20},   {"xoxp-", 20},
    {"xoxa-", 20},     {"sk_live_", 20},    {"rk_live_", 20}, {"AIza", 35},    {"npm_", 36},
    {"pypi-AgEI", 40}, {"dop_v1_", 60},     {"SG.", 40},      {"sk-ant-", 30}, {"sk-proj-", 30},
};

bool is_token_character(char c) {
  return is_word(c) || c == '-' || c == '.';
}

double bits_per_character(std::string_view text) {
  int counts[256] = {};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

bool is_example(std::string_view value) {
  constexpr std::string_view words[] = {"example",   "sample", "dummy",    "placeholder", "changeme",
                                        "change_me", "your",   "xxxx",     "test",        "fake",
                                        "redacted",  "secret", "password", "abcdef",      "123456",
                                        "foobar",    "todo",   "insert",   "mysecret",    "letmein"};
  return std::ranges::any_of(words,
                             [&](std::string_view word) { return find_ignoring_case(value, word) != none; });
}

void add_known_forms(std::string_view text, Values& out) {
  for (const Form& form : forms) {
    for (std::size_t at = text.find(form.prefix); at != none; at = text.find(form.prefix, at + 1)) {
      if (at > 0 && is_token_character(text[at - 1])) continue;
      std::size_t end = at + form.prefix.size();
      while (end < text.size() && (is_word(text[end]) || text[end] == '-')) ++end;
      const std::string_view value = text.substr(at, end - at);
      const bool random = bits_per_character(value) > 3.0 && find_ignoring_case(value, "example") == none;
      if (value.size() >= form.prefix.size() + form.follow_min && random) out.push_back(value);
    }
  }
}

// `https://user:password@host`, unless a part of it is filled in later.
void add_passwords_in_urls(std::string_view text, Values& out) {
  for (std::size_t at = text.find("://"); at != none; at = text.find("://", at + 1)) {
    const std::string_view rest = text.substr(at + 3);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/\"'` \t<>?#)"));
    const std::size_t sign = authority.rfind('@');
    const std::size_t colon = authority.find(':');
    if (sign == none || colon == none || colon > sign) continue;
    const std::string_view password = authority.substr(colon + 1, sign - colon - 1);
    if (password.size() < 6 || password.find_first_of("{}$%<>*[]+") != none) continue;
    if (!is_example(password) && bits_per_character(password) > 2.5) out.push_back(password);
  }
}

// Looks made by a machine: no words, no path, no format.
bool is_random(std::string_view value) {
  if (value.size() < 12 || value.size() > 200 || is_example(value)) return false;
  const bool plain = std::ranges::all_of(value, [](char c) {
    return is_alnum(c) || c == '+' || c == '/' || c == '=' || c == '-' || c == '_' || c == '!' || c == '@' ||
           c == '#';
  });
  const bool digits = std::ranges::any_of(value, is_digit);
  const bool letters = std::ranges::any_of(value, is_letter);
  return plain && digits && letters && bits_per_character(value) > 3.2;
}

// Values in quotes that are given to a name which says that it is secret.
void add_named(std::string_view text, Values& out) {
  constexpr std::string_view names[] = {"password",   "passwd",   "secret",        "api_key",
                                        "apikey",     "api-key",  "token",         "private_key",
                                        "access_key", "auth_key", "client_secret", "credential"};
  for (const std::string_view name : names) {
    for (std::size_t at = find_ignoring_case(text, name); at != none;
         at = find_ignoring_case(text, name, at + 1)) {
      std::size_t next = at + name.size();
      while (next < text.size() &&
             (is_word(text[next]) || text[next] == '"' || text[next] == '\'' || text[next] == ']'))
        ++next;
      while (next < text.size() && is_space(text[next])) ++next;
      if (next >= text.size() || (text[next] != '=' && text[next] != ':')) continue;
      ++next;
      if (next < text.size() && (text[next] == '=' || text[next] == '>')) continue;
      while (next < text.size() && is_space(text[next])) ++next;
      if (next >= text.size() || (text[next] != '"' && text[next] != '\'')) continue;
      const std::size_t end = text.find(text[next], next + 1);
      if (end == none) continue;
      const std::string_view value = text.substr(next + 1, end - next - 1);
      if (is_random(value)) out.push_back(value);
    }
  }
}

}  // namespace

bool opens_private_key(std::string_view text) {
  const std::size_t at = text.find("-----BEGIN ");
  return at != none && text.find("PRIVATE KEY", at) != none;
}

bool closes_private_key(std::string_view text) {
  const std::size_t at = text.find("-----END ");
  return at != none && text.find("PRIVATE KEY", at) != none;
}

SecretForms secret_forms_of(const FileChange& file) {
  const FileKind kind = kind_of(file.path);
  if (kind == FileKind::test || kind == FileKind::documentation) return SecretForms::certain;
  return has_unquoted_settings(file) ? SecretForms::unquoted : SecretForms::quoted;
}

std::vector<std::string_view> secrets_in(std::string_view text, SecretForms forms) {
  Values out;
  add_known_forms(text, out);
  if (forms == SecretForms::certain) return out;
  if (opens_private_key(text)) out.push_back(trim(text));
  add_passwords_in_urls(text, out);
  add_named(text, out);
  if (forms != SecretForms::unquoted) return out;
  for (const std::string_view value : unquoted_secrets(text)) {
    if (is_random(value)) out.push_back(value);
  }
  return out;
}

}  // namespace review::signals
