// What refusals mean.
#pragma once

#include <cstdint>
#include <string>

#include "json.h"
#include "outside.h"
#include "problem.h"
#include "settings.h"

namespace openai {

// An answer of any status but 200.
[[nodiscard]] llm::Trouble judge_answer(const llm::HttpAnswer& answer, std::uint64_t now,
                                        const llm::Settings& settings);

// An error in the middle of a stream, or in an answer of status 200.
[[nodiscard]] llm::Trouble judge_error(const llm::Json& error, const llm::Settings& settings);

// The field of a request that the answer refuses as unknown or unfit; empty where it does not say.
[[nodiscard]] std::string refused_field(const llm::HttpAnswer& answer);

}  // namespace openai
