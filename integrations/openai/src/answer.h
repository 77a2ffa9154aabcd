// Chat completions as the API answers them, whole or as a stream.
#pragma once

#include <expected>
#include <string_view>

#include "chat.h"
#include "json.h"
#include "problem.h"
#include "settings.h"

namespace openai {

[[nodiscard]] std::expected<llm::Completion, llm::Trouble> read_completion(const llm::Json& answer,
                                                                           const llm::Settings& settings);

// A stream that does not end with `[DONE]` was cut.
[[nodiscard]] std::expected<llm::Completion, llm::Trouble> read_stream(std::string_view text,
                                                                       const llm::Settings& settings);

}  // namespace openai
