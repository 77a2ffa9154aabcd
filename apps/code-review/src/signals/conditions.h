// Conditions in code: what an `if`, a loop or an assertion tests, split at its "and"s and "or"s.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "signals/code.h"

namespace review::signals {

struct Clause {
  std::string_view text;                // without outer brackets and without a leading "not"
  std::vector<std::string_view> names;  // what it tests: its identifiers, less constants
};

struct Condition {
  enum class Kind : std::uint8_t {
    branch,        // if, elif, else if, unless, guard
    loop,          // while, until, for
    continuation,  // a further line of one of these
  };
  Kind kind = Kind::branch;
  std::size_t line = 0;   // of the hunk
  std::string_view rest;  // what follows on the same line
  std::vector<Clause> clauses;
};

// Those of the hunk's lines with that `op`. A condition over several lines gives one entry a line.
[[nodiscard]] std::vector<Condition> conditions_of(const CodeHunk& hunk, Line::Op op, Language language);

// Whether two clauses test the same thing: each name of the one with fewer names is in the other, or all but
// one are, as after a renaming.
[[nodiscard]] bool same_subject(const Clause& a, const Clause& b);

// Whether the line is a directive of the C preprocessor.
[[nodiscard]] bool is_directive(const CodeLine& line, Language language);

}  // namespace review::signals
