// Messages as the API answers them, whole or as a stream.
#pragma once

#include <expected>
#include <string_view>

#include "chat.h"
#include "json.h"
#include "problem.h"
#include "request.h"
#include "settings.h"

namespace anthropic {

// With `form`, the input of its tool is the message's text.
[[nodiscard]] std::expected<llm::Completion, llm::Trouble> read_message(const llm::Json& answer,
                                                                        const JsonAnswer& form,
                                                                        const llm::Settings& settings);

// A stream that does not end with `message_stop` was cut.
[[nodiscard]] std::expected<llm::Completion, llm::Trouble> read_stream(std::string_view text,
                                                                       const JsonAnswer& form,
                                                                       const llm::Settings& settings);

}  // namespace anthropic
