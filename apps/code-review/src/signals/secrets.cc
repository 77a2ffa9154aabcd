// secret-added: keys and passwords that stand in the change for everybody to read.
#include <algorithm>
#include <cmath>
#include <string>

#include "signals/family.h"
#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

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

bool has_known_form(std::string_view text) {
  for (const Form& form : forms) {
    for (std::size_t at = text.find(form.prefix); at != none; at = text.find(form.prefix, at + 1)) {
      if (at > 0 && is_token_character(text[at - 1])) continue;
      std::size_t end = at + form.prefix.size();
      while (end < text.size() && (is_word(text[end]) || text[end] == '-')) ++end;
      const std::string_view value = text.substr(at, end - at);
      const bool random = bits_per_character(value) > 3.0 && find_ignoring_case(value, "example") == none;
      if (value.size() >= form.prefix.size() + form.follow_min && random) return true;
    }
  }
  return false;
}

bool has_private_key(std::string_view text) {
  const std::size_t at = text.find("-----BEGIN ");
  return at != none && text.find("PRIVATE KEY", at) != none;
}

// `https://user:password@host`, unless a part of it is filled in later.
bool has_password_in_url(std::string_view text) {
  for (std::size_t at = text.find("://"); at != none; at = text.find("://", at + 1)) {
    const std::string_view rest = text.substr(at + 3);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/\"'` \t<>?#)"));
    const std::size_t sign = authority.rfind('@');
    const std::size_t colon = authority.find(':');
    if (sign == none || colon == none || colon > sign) continue;
    const std::string_view password = authority.substr(colon + 1, sign - colon - 1);
    if (password.size() < 6 || password.find_first_of("{}$%<>*[]+") != none) continue;
    if (!is_example(password) && bits_per_character(password) > 2.5) return true;
  }
  return false;
}

// The value in quotes that is given to a name which says that it is secret; empty where there is none.
std::string_view named_secret(std::string_view text) {
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
      if (end != none) return text.substr(next + 1, end - next - 1);
    }
  }
  return {};
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

}  // namespace

void find_secrets(const CodeFile& file, Reporter& reporter) {
  if (!reporter.wants(Signal::secret_added)) return;
  const bool example = file.kind == FileKind::test || file.kind == FileKind::documentation;
  for (const CodeHunk& hunk : file.hunks) {
    for (const CodeLine& line : hunk.lines) {
      if (!line.added()) continue;
      const std::string_view text = line.line->text;
      const bool certain = has_known_form(text);
      const bool likely =
          !example && (has_private_key(text) || has_password_in_url(text) || is_random(named_secret(text)));
      if (certain || likely) reporter.report(Signal::secret_added, *line.line);
    }
  }
}

}  // namespace review::signals
