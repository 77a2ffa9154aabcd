// boundary-changed: a comparison stays as it was but for how it treats its limit: `<` became `<=`, `n` became
// `n - 1`, one limit took the place of another.
#include <algorithm>
#include <span>
#include <vector>

#include "signals/blocks.h"
#include "signals/conditions.h"
#include "signals/family.h"
#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

using Tokens = std::vector<std::string_view>;

bool is_relation(std::string_view token) {
  return token == "<" || token == "<=" || token == ">" || token == ">=";
}

bool is_number(std::string_view token) {
  return !token.empty() && is_digit(token.front());
}

bool is_limit_name(std::string_view token) {
  return token.size() > 2 && is_letter(token.front()) &&
         std::ranges::none_of(token, [](char c) { return c >= 'a' && c <= 'z'; });
}

bool has_relation(const Tokens& tokens) {
  return std::ranges::any_of(tokens, is_relation);
}

// Whether a comparison is near: the limit is one of its operands.
bool is_compared(const Tokens& tokens, std::size_t at) {
  const std::size_t first = at < 4 ? 0 : at - 4;
  const std::size_t last = std::min(tokens.size(), at + 5);
  for (std::size_t i = first; i < last; ++i) {
    if (is_relation(tokens[i])) return true;
  }
  return false;
}

// `a < b` for `!(a >= b)`: an early exit tests the same limit from the other side.
std::string_view negated(std::string_view token) {
  if (token == "<") return ">=";
  if (token == ">=") return "<";
  if (token == ">") return "<=";
  return token == "<=" ? ">" : token;
}

// One token differs, and it is the relation or a limit beside it.
bool differs_in_limit(const Tokens& before, const Tokens& after) {
  std::size_t where = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == after[i]) continue;
    where = i;
    ++count;
  }
  if (count != 1) return false;
  if (is_relation(before[where]) && is_relation(after[where])) return negated(before[where]) != after[where];
  const bool limits = (is_number(before[where]) || is_limit_name(before[where])) &&
                      (is_number(after[where]) || is_limit_name(after[where]));
  return limits && is_compared(before, where);
}

// The longer one has two tokens more: `+ 1`, `- len` and the like, beside a comparison.
bool differs_in_offset(const Tokens& shorter, const Tokens& longer) {
  if (longer.size() != shorter.size() + 2) return false;
  std::size_t at = 0;
  while (at < shorter.size() && shorter[at] == longer[at]) ++at;
  if (!std::equal(shorter.begin() + static_cast<std::ptrdiff_t>(at), shorter.end(),
                  longer.begin() + static_cast<std::ptrdiff_t>(at) + 2)) {
    return false;
  }
  const bool offset = longer[at] == "+" || longer[at] == "-" ||
                      (at + 1 < longer.size() && (longer[at + 1] == "+" || longer[at + 1] == "-"));
  return offset && is_compared(longer, at);
}

// A `<` may also open a type, a tag or an address; it compares where something is decided.
bool decides(const Tokens& tokens) {
  constexpr std::string_view words[] = {"if",   "while", "for", "return", "assert",
                                        "else", "elif",  "?",   "&&",     "||"};
  return std::ranges::any_of(
      tokens, [&](std::string_view token) { return std::ranges::find(words, token) != std::end(words); });
}

bool is_boundary_change(const Tokens& before, const Tokens& after) {
  if (!has_relation(before) || !has_relation(after)) return false;
  if (before.size() == after.size()) return differs_in_limit(before, after);
  return before.size() < after.size() ? differs_in_offset(before, after) : differs_in_offset(after, before);
}

// What of a clause says where its limit is: relations, numbers, constants and offsets.
Tokens limits_of(const Clause& clause) {
  Tokens out;
  for (const std::string_view token : tokens_of(clause.text)) {
    if (is_relation(token) || is_number(token) || is_limit_name(token) || token == "+" || token == "-") {
      out.push_back(token);
    }
  }
  return out;
}

bool same_limit(const Tokens& a, const Tokens& b) {
  return a == b || std::ranges::equal(a, b, {}, negated);
}

// A clause about the same values, with another limit, where none is as before.
const Condition* find_other_limit(const Clause& clause, std::span<const Condition> conditions) {
  const Tokens limits = limits_of(clause);
  if (!has_relation(limits)) return nullptr;
  const Condition* found = nullptr;
  for (const Condition& condition : conditions) {
    for (const Clause& other : condition.clauses) {
      if (other.names != clause.names) continue;
      const Tokens other_limits = limits_of(other);
      if (!has_relation(other_limits)) continue;
      if (same_limit(limits, other_limits)) return nullptr;
      if (found == nullptr) found = &condition;
    }
  }
  return found;
}

std::span<const Condition> within(const std::vector<Condition>& all, const Block& block) {
  const auto first = std::ranges::lower_bound(all, block.first, {}, &Condition::line);
  const auto last = std::ranges::lower_bound(all, block.last, {}, &Condition::line);
  return {first, last};
}

void compare_clauses(const CodeFile& file, const CodeHunk& hunk, const std::vector<Block>& blocks,
                     Reporter& reporter) {
  const std::vector<Condition> old_ones = conditions_of(hunk, Line::Op::deleted, file.language);
  const std::vector<Condition> new_ones = conditions_of(hunk, Line::Op::added, file.language);
  constexpr std::size_t conditions_max = 200;  // of a block; more is a rewrite
  for (const Block& block : blocks) {
    const std::span<const Condition> after = within(new_ones, block);
    if (after.empty() || after.size() > conditions_max) continue;
    for (const Condition& condition : within(old_ones, block)) {
      for (const Clause& clause : condition.clauses) {
        const Condition* found = find_other_limit(clause, after);
        if (found != nullptr) reporter.report(Signal::boundary_changed, *hunk.lines[found->line].line);
      }
    }
  }
}

// The lines of a block that were deleted, and those added in their place, stand in the same order.
constexpr std::size_t places_apart_max = 12;

void inspect(const CodeFile& file, const CodeHunk& hunk, const Block& block, Reporter& reporter) {
  std::vector<const CodeLine*> added;
  for (std::size_t i = block.first; i < block.last; ++i) {
    if (hunk.lines[i].added()) added.push_back(&hunk.lines[i]);
  }
  std::size_t place = 0;
  for (std::size_t i = block.first; i < block.last; ++i) {
    const CodeLine& old_line = hunk.lines[i];
    if (!old_line.deleted()) continue;
    const std::size_t first = place < places_apart_max ? 0 : place - places_apart_max;
    const std::size_t last = std::min(added.size(), place + places_apart_max);
    ++place;
    if (old_line.blank || is_directive(old_line, file.language)) continue;
    const Tokens before = tokens_of(old_line.code);
    if (!has_relation(before) || !decides(before)) continue;
    for (std::size_t j = first; j < last; ++j) {
      if (!is_boundary_change(before, tokens_of(added[j]->code))) continue;
      reporter.report(Signal::boundary_changed, *added[j]->line);
      break;
    }
  }
}

}  // namespace

void find_changed_boundaries(const CodeFile& file, Reporter& reporter) {
  if (!file.is_program() || file.is_test() || !reporter.wants(Signal::boundary_changed)) return;
  for (const CodeHunk& hunk : file.hunks) {
    const std::vector<Block> blocks = blocks_of(hunk);
    for (const Block& block : blocks) inspect(file, hunk, block, reporter);
    compare_clauses(file, hunk, blocks, reporter);
  }
}

}  // namespace review::signals
