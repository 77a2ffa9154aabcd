// The JSON that a model is asked for, as schemas that bound its size, and readers that take nothing else.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "finding.h"

namespace review {

// Readers give what is wrong as the end of a sentence that begins with "its answer".
template <class T>
using Read = std::expected<T, std::string>;

// How large an answer may be, and how many entries then surely fit into it.
struct AnswerLimits {
  std::uint32_t tokens_max = 0;
  std::uint32_t findings_max = 0;
  std::uint32_t files_max = 0;  // of a plan
};

// For a model with that context.
[[nodiscard]] AnswerLimits answer_limits(std::uint32_t context_tokens);

struct Found {
  std::string file;
  std::string quote;
  Severity severity = Severity::info;
  std::string why;
  std::string action;
};
[[nodiscard]] std::string findings_schema(const AnswerLimits& limits);
[[nodiscard]] Read<std::vector<Found>> read_findings(std::string_view answer, const AnswerLimits& limits);

struct Verdict {
  std::uint32_t id = 0;  // from 1
  std::uint32_t score = 0;
  bool keep = false;
};
[[nodiscard]] std::string verdicts_schema(std::size_t findings);
[[nodiscard]] Read<std::vector<Verdict>> read_verdicts(std::string_view answer, std::size_t findings);

// Paths of files, the most important first.
[[nodiscard]] std::string plan_schema(const AnswerLimits& limits);
[[nodiscard]] Read<std::vector<std::string>> read_plan(std::string_view answer, const AnswerLimits& limits);

[[nodiscard]] std::string summary_schema();
[[nodiscard]] Read<std::string> read_summary(std::string_view answer);

}  // namespace review
