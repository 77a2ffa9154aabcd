// What holds of an answer of a language model's API, whatever the bytes: it is read, or refused in one short
// line.
#pragma once

#include <cstdlib>
#include <expected>
#include <string>

#include "answer.h"
#include "common_text.h"
#include "errors.h"

namespace fuzzing {

inline void require(bool held) {
  if (!held) std::abort();
}

inline void check(const llm::Problem& problem) {
  require(problem.text.size() < 2000 && common::is_text(problem.text));
  require(problem.text.find('\n') == std::string::npos);
}

inline void check(const std::expected<llm::Completion, llm::Trouble>& read) {
  if (!read) check(read.error().problem);
}

}  // namespace fuzzing
