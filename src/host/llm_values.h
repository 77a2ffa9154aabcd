// Requests and answers of language models, between the values of wit/llm.wit and the structs of nn/chat.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/value.h"
#include "nn/chat.h"

namespace sluice::host {

// What a guest asks, and of which model (absent: of the link's).
struct GuestRequest {
  std::optional<std::string> model;
  nn::ChatRequest request;
};

// `messages` and `options` have the types of `complete`. invalid_input for what makes no sense whatever the
// model is.
[[nodiscard]] Result<GuestRequest> read_request(const Value& messages, const Value& options);

[[nodiscard]] std::optional<std::string> read_optional_text(const Value& value);
[[nodiscard]] std::vector<std::string> read_texts(const Value& value);

[[nodiscard]] Value completion_value(nn::Completion completion);
[[nodiscard]] Value embedded_value(const nn::Embedded& embedded);

// `result<_, error>` that says why a model did not answer.
[[nodiscard]] Value llm_error(const Error& error);

}  // namespace sluice::host
