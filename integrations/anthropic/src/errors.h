// What refusals mean.
#pragma once

#include <cstdint>

#include "json.h"
#include "outside.h"
#include "problem.h"
#include "settings.h"

namespace anthropic {

// An answer of any status but 200.
[[nodiscard]] llm::Trouble judge_answer(const llm::HttpAnswer& answer, std::uint64_t now,
                                        const llm::Settings& settings);

// `{"type": "error", "error": {…}}` in the middle of a stream, or in an answer of status 200.
[[nodiscard]] llm::Trouble judge_error(const llm::Json& event, const llm::Settings& settings);

}  // namespace anthropic
