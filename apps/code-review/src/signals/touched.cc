// authentication-touched, migration-touched, ci-touched, dependency-touched: changes in places where a small
// mistake reaches far. One finding a file and area.
#include <algorithm>
#include <string>

#include "signals/family.h"
#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

bool brings_in(std::string_view code) {
  const std::string_view text = trim(code);
  return text.starts_with("import ") || text.starts_with("from ") || text.starts_with('#') ||
         text.starts_with("use ") || text.starts_with("package ") || text.starts_with('"');
}

const Line* first_changed(const CodeFile& file) {
  for (const CodeHunk& hunk : file.hunks) {
    for (const CodeLine& line : hunk.lines) {
      if (line.line->op != Line::Op::context && !trim(line.line->text).empty()) return line.line;
    }
  }
  return nullptr;
}

// The first changed line that is neither a comment nor brings something in.
const Line* first_changed_statement(const CodeFile& file) {
  for (const CodeHunk& hunk : file.hunks) {
    for (const CodeLine& line : hunk.lines) {
      if (line.line->op != Line::Op::context && !line.blank && !brings_in(line.code)) return line.line;
    }
  }
  return nullptr;
}

// Words of a name: parted at underscores, dashes, dots and humps, in lower case.
template <class Visit>
bool any_part(std::string_view name, const Visit& visit) {
  std::string part;
  for (std::size_t at = 0; at <= name.size(); ++at) {
    const bool letter = at < name.size() && is_alnum(name[at]);
    const bool hump =
        letter && name[at] >= 'A' && name[at] <= 'Z' && at > 0 && name[at - 1] >= 'a' && name[at - 1] <= 'z';
    if ((!letter || hump) && !part.empty()) {
      if (visit(std::string_view(part))) return true;
      part.clear();
    }
    if (letter) part.push_back(lower(name[at]));
  }
  return false;
}

bool is_access_word(std::string_view part) {
  constexpr std::string_view words[] = {
      "authn",       "authz",     "authenticate",  "authentication", "authenticator", "authorization",
      "authorize",   "authorise", "authorisation", "authorized",     "login",         "logout",
      "password",    "passwd",    "oauth",         "oauth2",         "oidc",          "saml",
      "sso",         "jwt",       "acl",           "acls",           "rbac",          "permission",
      "permissions", "sudoers",   "privilege",     "privileges",     "kerberos"};
  return std::ranges::find(words, part) != std::end(words);
}

// Words that name other things too where they aren't a folder or a file.
bool is_access_place(std::string_view part) {
  constexpr std::string_view words[] = {"auth", "credential", "credentials", "signin", "pam"};
  return is_access_word(part) || std::ranges::find(words, part) != std::end(words);
}

// check_auth(, isAuthorized(: a call named after access. Other names (struct passwd, an option) say too
// little.
bool calls_access(std::string_view code) {
  for (std::size_t open = code.find('('); open != none; open = code.find('(', open + 1)) {
    const std::string_view name = name_before(code, open);
    const bool macro = std::ranges::none_of(name, [](char c) { return c >= 'a' && c <= 'z'; });
    if (name.empty() || macro) continue;
    if (any_part(name, is_access_word)) return true;
    std::size_t parts = 0;
    bool auth = false;
    any_part(name, [&](std::string_view part) {
      ++parts;
      auth = auth || part == "auth" || part == "credential";
      return false;
    });
    if (auth && parts > 1) return true;
  }
  return false;
}

// A changed line whose code names something of access control.
const Line* find_access_line(const CodeFile& file) {
  for (const CodeHunk& hunk : file.hunks) {
    for (const CodeLine& line : hunk.lines) {
      if (line.line->op == Line::Op::context || line.blank || brings_in(line.code)) continue;
      if (calls_access(line.code)) return line.line;
    }
  }
  return nullptr;
}

// Manifests hold more than dependencies; these words are in lines about them.
bool concerns_dependencies(const CodeFile& file) {
  const std::string_view name = base_name(file.file->path);
  constexpr std::string_view marks[] = {
      "dependenc",      "require", "groupId",  "classifier", "version", "artifactId",
      "implementation", "gem ",    "crate",    "git =",      "module ", "\": \"^",
      "\": \"~",        "\": \"*", "<version", "==",         ">="};
  const bool always = name == "go.mod" || name.starts_with("requirements") ||
                      name.starts_with("constraints") || name == ".gitmodules";
  if (always) return true;
  for (const CodeHunk& hunk : file.hunks) {
    for (const CodeLine& line : hunk.lines) {
      if (line.line->op != Line::Op::context && has_any_text(line.line->text, marks)) return true;
    }
  }
  return false;
}

bool is_lock_file(std::string_view path) {
  constexpr std::string_view names[] = {
      "go.sum",      "Cargo.lock",          "package-lock.json", "yarn.lock",
      "poetry.lock", "pnpm-lock.yaml",      "Gemfile.lock",      "composer.lock",
      "uv.lock",     "npm-shrinkwrap.json", "Pipfile.lock"};
  const std::string_view name = base_name(path);
  return std::ranges::find(names, name) != std::end(names);
}

}  // namespace

void find_touched_areas(const CodeFile& file, Reporter& reporter) {
  const Line* first = first_changed(file);
  if (first == nullptr) return;
  if (file.kind == FileKind::migration) reporter.report(Signal::migration_touched, *first);
  if (file.kind == FileKind::ci) reporter.report(Signal::ci_touched, *first);
  if (is_lock_file(file.file->path) || (file.kind == FileKind::dependencies && concerns_dependencies(file))) {
    reporter.report(Signal::dependency_touched, *first);
  }
  if (!file.is_program() || file.kind == FileKind::test || file.kind == FileKind::documentation) return;
  if (file.language == Language::shell) return;
  const Line* line =
      any_part(file.file->path, is_access_place) ? first_changed_statement(file) : find_access_line(file);
  if (line != nullptr) reporter.report(Signal::authentication_touched, *line);
}

}  // namespace review::signals
