// Embeddings.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "openai.h"

namespace openai {

// One vector of length 1 for each text. Many texts are sent in several requests.
[[nodiscard]] llm::Outcome<llm::Embedded> embed(llm::Outside& outside, OpenAi& api,
                                                const std::optional<std::string>& model,
                                                const std::vector<std::string>& texts);

}  // namespace openai
