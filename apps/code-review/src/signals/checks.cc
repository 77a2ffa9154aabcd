// check-removed: a test of a pointer, a bound, an error or a right is gone, what it guarded stays, and the
// change adds no equal one.
#include <algorithm>
#include <compare>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "signals/blocks.h"
#include "signals/conditions.h"
#include "signals/family.h"
#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

class RemovedChecks {
 public:
  RemovedChecks(const CodeFile& file, Reporter& reporter) : file_(file), reporter_(reporter) {
    for (const CodeHunk& hunk : file.hunks) {
      for (Condition& condition : conditions_of(hunk, Line::Op::added, file.language)) {
        for (Clause& clause : condition.clauses) added_.push_back(std::move(clause));
      }
      for (const Condition& condition : conditions_of(hunk, Line::Op::deleted, file.language)) {
        for (const Clause& clause : condition.clauses) deleted_.push_back(without_space(clause.text));
      }
      for (const CodeLine& line : hunk.lines) {
        if (!line.added()) continue;
        for (const std::string_view name : identifiers_of(line.code)) added_names_.push_back(name);
      }
    }
    std::ranges::sort(added_names_);
    std::ranges::sort(deleted_);
    for (std::size_t i = 0; i < added_.size(); ++i) {
      for (const std::string_view name : added_[i].names) by_name_.push_back({name, i});
    }
    std::ranges::sort(by_name_);
  }

  void run() {
    for (const CodeHunk& hunk : file_.hunks) {
      const Conditions old_conditions = conditions_of(hunk, Line::Op::deleted, file_.language);
      const Conditions new_conditions = conditions_of(hunk, Line::Op::added, file_.language);
      for (const Block& block : blocks_of(hunk)) {
        inspect(hunk, block, within(old_conditions, block), within(new_conditions, block));
      }
    }
  }

 private:
  using Conditions = std::vector<Condition>;
  using Some = std::span<const Condition>;

  // They are in the order of their lines.
  static Some within(const Conditions& all, const Block& block) {
    const auto first = std::ranges::lower_bound(all, block.first, {}, &Condition::line);
    const auto last = std::ranges::lower_bound(all, block.last, {}, &Condition::line);
    return {first, last};
  }

  void inspect(const CodeHunk& hunk, const Block& block, Some old_conditions, Some new_conditions) {
    if (is_rewrite(hunk, block)) return;
    for (const Condition& condition : old_conditions) {
      const Clause* clause = lost_clause(condition);
      if (clause == nullptr) continue;
      if (fate_of_enclosing(hunk, condition.line, file_.language) == Fate::deleted) continue;
      if (vanishes(hunk, condition.line, *clause) || is_of_lost_call(hunk, condition.line, *clause)) continue;
      if (is_renamed(hunk, condition, *clause, new_conditions)) continue;
      const bool branch = condition.kind == Condition::Kind::branch;
      const bool guard = branch && !is_operation(hunk, condition.line, *clause) && guards(hunk, condition);
      if (!guard && !survives(hunk, block, condition, new_conditions)) continue;
      reporter_.report(Signal::check_removed, *hunk.lines[condition.line].line, clause->text);
      return;
    }
    for (std::size_t i = block.first; i < block.last; ++i) {
      const CodeLine& line = hunk.lines[i];
      if (!line.deleted() || line.blank || !is_lost_call(line.code)) continue;
      if (fate_of_enclosing(hunk, i, file_.language) == Fate::deleted) continue;
      reporter_.report(Signal::check_removed, *line.line);
      return;
    }
  }

  // Two clauses that test the same thing share a name.
  [[nodiscard]] bool is_tested_again(const Clause& clause) const {
    return std::ranges::any_of(clause.names, [&](std::string_view name) {
      const auto same_name = std::ranges::equal_range(by_name_, name, {}, &Named::name);
      return std::ranges::any_of(same_name, [&](const Named& named) {
        const Clause& added = added_[named.index];
        return same_subject(clause, added) || is_other_call(clause, added);
      });
    });
  }

  // One call takes the place of another on the same values: `exists(path)` becomes `is_inside(path, root)`. A
  // call that was there before does not count.
  [[nodiscard]] bool is_other_call(const Clause& before, const Clause& after) const {
    const std::size_t old_open = before.text.find('(');
    const std::size_t new_open = after.text.find('(');
    if (old_open == none || new_open == none) return false;
    if (std::ranges::binary_search(deleted_, without_space(after.text))) return false;
    if (name_before(before.text, old_open) == name_before(after.text, new_open)) return true;
    const std::vector<std::string_view> names = identifiers_of(before.text.substr(old_open));
    return !names.empty() && std::ranges::all_of(names, [&](std::string_view name) {
      return is_constant_name(name) || has_word(after.text.substr(new_open), name);
    });
  }

  [[nodiscard]] const Clause* lost_clause(const Condition& condition) const {
    const auto lost =
        std::ranges::find_if(condition.clauses, [&](const Clause& c) { return !is_tested_again(c); });
    return lost == condition.clauses.end() ? nullptr : &*lost;
  }

  // Whether the statement stays with fewer clauses: an added condition in the block tests something that the
  // old one tested too, or the deleted line is a part of a condition that goes on in a context line.
  [[nodiscard]] static bool survives(const CodeHunk& hunk, const Block& block, const Condition& condition,
                                     Some new_conditions) {
    const bool part = condition.kind == Condition::Kind::continuation;
    if (part && (!new_conditions.empty() || touches_context(hunk, block, condition.line))) return true;
    return std::ranges::any_of(new_conditions, [&](const Condition& other) {
      return std::ranges::any_of(other.clauses, [&](const Clause& clause) {
        return std::ranges::any_of(condition.clauses,
                                   [&](const Clause& old) { return same_subject(clause, old); });
      });
    });
  }

  // Whether what was tested is no more: its making is deleted too, and neither its name nor what it was made
  // from is on a line of the new side near.
  [[nodiscard]] static bool vanishes(const CodeHunk& hunk, std::size_t index, const Clause& clause) {
    const std::string_view name = clause.names.front();
    const Range near = lines_near(hunk, index);
    std::string source;
    for (std::size_t i = near.first; i < near.last; ++i) {
      const CodeLine& line = hunk.lines[i];
      const std::size_t at = find_word(line.code, name);
      if (at == none) continue;
      if (line.in_new()) return false;
      std::string_view after = trim(line.code.substr(at + name.size()));
      if (after.starts_with(':')) after.remove_prefix(1);
      if (i < index && after.starts_with('=') && !after.starts_with("==")) {
        source = without_space(after.substr(1, after.find(';') - 1));
      }
    }
    if (source.empty()) return false;
    for (std::size_t i = near.first; i < near.last; ++i) {
      const CodeLine& line = hunk.lines[i];
      if (line.in_new() && !line.blank && has_text(without_space(line.code), source)) return false;
    }
    return true;
  }

  // Whether the clause is about what a call did rather than about a value, and the call is gone too.
  [[nodiscard]] static bool is_operation(const CodeHunk& hunk, std::size_t index, const Clause& clause) {
    const std::size_t open = clause.text.find('(');
    if (open == none) return false;
    const std::string_view name = name_before(clause.text, open);
    if (name.empty() || is_predicate(name)) return false;
    return !is_called(hunk, index, name);
  }

  [[nodiscard]] static bool is_predicate(std::string_view name) {
    constexpr std::string_view words[] = {"is",    "has",    "can",    "allow",   "valid",   "check", "verif",
                                          "match", "equal",  "cmp",    "contain", "start",   "end",   "empty",
                                          "null",  "exist",  "permit", "enable",  "support", "len",   "size",
                                          "count", "auth",   "test",   "defined", "find",    "chr",   "str",
                                          "same",  "access", "sizeof", "isset"};
    return has_any_text(to_lower(name), words);
  }

  // Whether a line of the new side near calls it.
  [[nodiscard]] static bool is_called(const CodeHunk& hunk, std::size_t index, std::string_view name) {
    const Range near = lines_near(hunk, index);
    for (std::size_t i = near.first; i < near.last; ++i) {
      const CodeLine& line = hunk.lines[i];
      if (line.in_new() && !line.blank && has_word(line.code, name)) return true;
    }
    return false;
  }

  // `r = f(x); if (r < 0)` where both lines go, and `f` with them.
  [[nodiscard]] static bool is_of_lost_call(const CodeHunk& hunk, std::size_t index, const Clause& clause) {
    if (clause.names.size() != 1 || has_text(clause.text, "(")) return false;
    for (std::size_t i = index; i-- > 0;) {
      const CodeLine& line = hunk.lines[i];
      if (!line.in_old() || line.blank) continue;
      if (!line.deleted()) return false;
      const std::string_view text = trim(line.code);
      const std::size_t open = text.find('(');
      const std::size_t sign = text.find('=');
      if (sign == none || open == none || sign > open) return false;
      if (!has_word(text.substr(0, sign), clause.names.front())) return false;
      const std::string_view name = name_before(text, open);
      return !name.empty() && !is_called(hunk, index, name);
    }
    return false;
  }

  // Operators and constants of a clause, with each other name as one sign.
  [[nodiscard]] static std::string skeleton_of(std::string_view text) {
    std::string out;
    for (const std::string_view token : tokens_of(text)) {
      const bool name = is_word(token.front()) && !is_digit(token.front()) && !is_constant_name(token);
      // A path of names counts as one name.
      if (name || token == "." || token == "->" || token == "::") {
        if (!out.ends_with('x')) out.push_back('x');
      } else {
        out.append(token);
      }
    }
    return out;
  }

  // What it is compared with, where that is written out: `'\n'`, `"win32"`, `ENOTDIR`. Text of the line
  // itself.
  [[nodiscard]] static std::string_view compared_with(const CodeHunk& hunk, std::size_t index,
                                                      std::string_view text) {
    const CodeLine& line = hunk.lines[index];
    std::size_t at = std::max(text.find("=="), text.find("!="));
    if (at == none) at = text.find("(\"");
    if (at == none) at = std::min(text.find("=="), text.find("!="));
    if (at == none) return {};
    const std::size_t offset = static_cast<std::size_t>(text.data() - line.code.data());
    const std::string_view value = trim(line.line->text.substr(offset + at + 2, text.size() - at - 2));
    const bool written =
        value.size() > 1 && (value.front() == '"' || value.front() == '\'' ||
                             (is_constant_name(value) && value != "NULL" && value != "None"));
    return written ? value : std::string_view();
  }

  // Whether an added condition in the block is the same test under another name: of the same form, while the
  // old name is gone, or against the same written-out value.
  [[nodiscard]] bool is_renamed(const CodeHunk& hunk, const Condition& condition, const Clause& clause,
                                Some new_conditions) const {
    const std::string skeleton = skeleton_of(clause.text);
    const std::string_view value = compared_with(hunk, condition.line, clause.text);
    const bool gone = !is_called(hunk, condition.line, clause.names.front());
    return std::ranges::any_of(new_conditions, [&](const Condition& other) {
      return std::ranges::any_of(other.clauses, [&](const Clause& added) {
        if (std::ranges::binary_search(deleted_, without_space(added.text))) return false;
        if (!value.empty() && compared_with(hunk, other.line, added.text) == value) return true;
        return gone && skeleton_of(added.text) == skeleton;
      });
    });
  }

  // A continuation line whose neighbour in the statement stays.
  [[nodiscard]] static bool touches_context(const CodeHunk& hunk, const Block& block, std::size_t line) {
    const bool first = line == block.first && line > 0 && hunk.lines[line - 1].in_new();
    const bool last = line + 1 == block.last && block.last < hunk.lines.size();
    return first || last;
  }

  // What an `if` that went away did: leave, clamp, or let its body run only sometimes.
  [[nodiscard]] bool guards(const CodeHunk& hunk, const Condition& condition) const {
    if (!condition.rest.empty() && condition.rest != "{" && condition.rest != "{}") {
      return leaves(condition.rest) || has_line(hunk, condition.line, Line::Op::added, condition.rest);
    }
    const std::vector<std::size_t> body = body_after(hunk, condition.line);
    if (body.empty()) return false;
    if (!hunk.lines[body.front()].deleted() || keeps_a_branch(hunk, condition.line)) return true;
    return std::ranges::any_of(body, [&](std::size_t i) { return leaves(hunk.lines[i].code); }) ||
           clamps(hunk, condition, body);
  }

  // Whether a statement inside the `if` or its `else` is added again, now without the condition.
  [[nodiscard]] static bool keeps_a_branch(const CodeHunk& hunk, std::size_t header) {
    constexpr std::size_t lines_max = 30;
    const std::size_t last = std::min(hunk.lines.size(), header + 1 + lines_max);
    for (std::size_t i = header + 1; i < last && !hunk.lines[i].in_new(); ++i) {
      const CodeLine& line = hunk.lines[i];
      if (line.blank || line.indent < hunk.lines[header].indent) continue;
      constexpr std::size_t statement_bytes_min = 6;
      const bool statement = trim(line.code).size() >= statement_bytes_min && !leaves(line.code);
      if (statement && has_line(hunk, header, Line::Op::added, line.code)) return true;
    }
    return false;
  }

  // The body follows the condition's last line.
  [[nodiscard]] static std::vector<std::size_t> body_after(const CodeHunk& hunk, std::size_t line) {
    std::vector<std::size_t> body = body_of(hunk, line, Line::Op::deleted);
    int depth = 0;
    for (const char c : hunk.lines[line].code) depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    std::size_t skipped = 0;
    while (depth > 0 && skipped < body.size()) {
      for (const char c : hunk.lines[body[skipped]].code) depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      ++skipped;
    }
    body.erase(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(skipped));
    return body;
  }

  // `if (n > max) n = max;`
  [[nodiscard]] static bool clamps(const CodeHunk& hunk, const Condition& condition,
                                   const std::vector<std::size_t>& body) {
    if (body.size() > 2) return false;
    const std::string_view code = trim(hunk.lines[body.front()].code);
    std::size_t at = 0;
    const std::string_view name = next_identifier(code, at);
    const std::string_view sign = trim(code.substr(at));
    if (name.empty() || !sign.starts_with('=') || sign.starts_with("==")) return false;
    constexpr std::string_view nothings[] = {"0", "NULL", "nullptr", "false", "False", "None", "nil"};
    const std::string_view value = trim(sign.substr(1, sign.find(';') - 1));
    const bool resets = std::ranges::find(nothings, value) != std::end(nothings);
    return std::ranges::any_of(condition.clauses, [&](const Clause& clause) {
      const bool compares = clause.text.find_first_of("<>") != none;
      return (compares || resets) && std::ranges::find(clause.names, name) != clause.names.end();
    });
  }

  // A statement that is only a call of something named after a check, or a decorator that demands a right.
  [[nodiscard]] bool is_lost_call(std::string_view code) const {
    const std::string_view text = trim(code);
    std::string_view name;
    if (text.starts_with('@')) {
      std::size_t at = 0;
      name = next_identifier(text, at);
      constexpr std::string_view decorators[] = {
          "login_required", "permission_required", "csrf_protect",  "PreAuthorize",    "Secured",
          "RolesAllowed",   "requires_auth",       "authenticated", "user_passes_test"};
      if (std::ranges::find(decorators, name) == std::end(decorators)) return false;
    } else {
      const std::size_t open = text.find('(');
      if (open == none) return false;
      name = name_before(text, open);
      const std::string_view before = trim(text.substr(0, open - std::min(open, name.size())));
      const bool receiver = (before.ends_with('.') || before.ends_with("->") || before.ends_with("::")) &&
                            before.find_first_of(" =(,") == none;
      const bool statement = before.empty() || before == "await" || receiver;
      if (!statement || !is_check_name(name)) return false;
    }
    return !std::ranges::binary_search(added_names_, name);
  }

  // Some part of the name (between underscores and humps) is a verb of checking.
  [[nodiscard]] static bool is_check_name(std::string_view name) {
    // Macros of tests and of debugging.
    if (std::ranges::none_of(name, [](char c) { return c >= 'a' && c <= 'z'; })) return false;
    constexpr std::string_view verbs[] = {"assert",  "check",   "verify",    "validate",  "ensure",
                                          "require", "enforce", "authorize", "authorise", "sanitize"};
    for (std::size_t at = 0; at < name.size(); ++at) {
      const bool begins = at == 0 || name[at - 1] == '_' || (name[at] >= 'A' && name[at] <= 'Z');
      if (!begins) continue;
      for (const std::string_view verb : verbs) {
        if (!equal_ignoring_case(name.substr(at, verb.size()), verb)) continue;
        const std::size_t end = at + verb.size();
        if (end == name.size() || name[end] == '_' || (name[end] >= 'A' && name[end] <= 'Z')) return true;
      }
    }
    return false;
  }

  const CodeFile& file_;
  Reporter& reporter_;
  struct Named {
    std::string_view name;
    std::size_t index;
    auto operator<=>(const Named&) const = default;
  };
  std::vector<Clause> added_;  // of the whole file
  std::vector<std::string> deleted_;
  std::vector<Named> by_name_;
  std::vector<std::string_view> added_names_;
};

}  // namespace

void find_removed_checks(const CodeFile& file, Reporter& reporter) {
  if (!file.is_program() || file.is_test() || !reporter.wants(Signal::check_removed)) return;
  RemovedChecks(file, reporter).run();
}

}  // namespace review::signals
