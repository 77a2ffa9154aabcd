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

// The first changed line that does something; else the first that isn't empty.
const Line* first_changed(const CodeFile& file) {
  const Line* first = nullptr;
  for (const CodeHunk& hunk : file.hunks) {
    for (const CodeLine& line : hunk.lines) {
      if (line.line->op == Line::Op::context || trim(line.line->text).empty()) continue;
      if (first == nullptr) first = line.line;
      if (!line.blank && !brings_in(line.code)) return line.line;
    }
  }
  return first;
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

// `auth` beside another word in a name of code: check_auth, authAllowed.
bool names_access(std::string_view name) {
  if (any_part(name, is_access_word)) return true;
  std::size_t parts = 0;
  bool auth = false;
  any_part(name, [&](std::string_view part) {
    ++parts;
    auth = auth || part == "auth" || part == "credential";
    return false;
  });
  return auth && parts > 1;
}

// A changed line whose code names something of access control.
const Line* find_access_line(const CodeFile& file) {
  for (const CodeHunk& hunk : file.hunks) {
    for (const CodeLine& line : hunk.lines) {
      if (line.line->op == Line::Op::context || line.blank || brings_in(line.code)) continue;
      const auto names = identifiers_of(line.code);
      if (std::ranges::any_of(names, names_access)) {
        return line.line;
      }
    }
  }
  return nullptr;
}

// Manifests hold more than dependencies; these words are near a change of them.
bool concerns_dependencies(const CodeFile& file) {
  const std::string_view name = base_name(file.file->path);
  constexpr std::string_view marks[] = {"dependenc", "require", "version", "artifactId", "implementation",
                                        "gem ",      "crate",   "git =",   "module ",    "\": \"^",
                                        "\": \"~",   "==",      ">="};
  const bool always = name == "go.mod" || name.starts_with("requirements") ||
                      name.starts_with("constraints") || name == ".gitmodules";
  if (always) return true;
  for (const CodeHunk& hunk : file.hunks) {
    if (has_text(hunk.hunk->section, "dependenc")) return true;
    for (const CodeLine& line : hunk.lines) {
      if (has_any_text(line.line->text, marks)) return true;
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
  if (any_part(file.file->path, is_access_place)) {
    reporter.report(Signal::authentication_touched, *first);
  } else if (const Line* line = find_access_line(file)) {
    reporter.report(Signal::authentication_touched, *line);
  }
}

}  // namespace review::signals
