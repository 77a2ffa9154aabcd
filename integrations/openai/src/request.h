// A chat as the body of a request.
#pragma once

#include <string>

#include "chat.h"
#include "json.h"
#include "openai.h"
#include "problem.h"

namespace openai {

[[nodiscard]] llm::Outcome<std::string> chat_body(const llm::Request& request,
                                                  const OpenAiSettings& settings);

// Whether OpenAI takes the schema as strict: every object closed, with all its properties required.
[[nodiscard]] bool is_strict_schema(const llm::Json& schema);

}  // namespace openai
