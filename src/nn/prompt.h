// From a request to what is computed and drawn, and from the text that comes back to a message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "nn/chat.h"
#include "nn/loaded_model.h"
#include "nn/pictures.h"

namespace sluice::nn {

struct Prompt {
  std::vector<std::int32_t> tokens;  // numbers below 0: positions of an image
  Pictures pictures;
  SamplerHandle sampler;
  std::vector<std::string> stop;
  std::vector<std::int32_t> preserved;  // special tokens whose names belong to the answer's text
  std::string parser;                   // of the plug-in; empty: the text is the content
  std::optional<std::uint32_t> tokens_max;
  std::optional<std::uint32_t> logprobs;
  bool steady = false;  // its answer may not depend on what else is computed
};

// invalid_input: no such template, schema, grammar or option; a prompt that does not fit (context_too_long).
[[nodiscard]] Result<Prompt> prepare(const LoadedModel& model, const ChatRequest& request);
[[nodiscard]] Result<Prompt> prepare(const LoadedModel& model, const TextRequest& request);

// Of a prompt with its images, as `prepare` reads it.
[[nodiscard]] Result<std::uint32_t> count_tokens(const LoadedModel& model, const TextRequest& request);

enum class Part : std::uint8_t { so_far, whole };
// Nothing: the text so far says nothing yet. A whole text that isn't what its parser expects is the content.
[[nodiscard]] std::optional<Message> parse_answer(const LoadedModel& model, std::string_view parser,
                                                  std::string_view text, Part part);

}  // namespace sluice::nn
