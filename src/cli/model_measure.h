// Measures a model by asking it, as runs and clients do.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "nn/language_model.h"

namespace sluice::cli {

struct MeasurePlan {
  std::uint32_t prompt_tokens = 512;  // of each request, about
  std::uint32_t answer_tokens = 128;  // of each request at most
  std::vector<std::uint32_t> parallel = {1, 4, 16};
};

// `parallel` requests asked at once.
struct Measured {
  std::uint32_t parallel = 0;
  std::uint64_t prompt_tokens = 0;  // of all requests together
  double prompt_tokens_per_s = 0;
  // Of a model that answers; an embedding model has none of these.
  std::uint64_t answer_tokens = 0;
  double answer_tokens_per_s = 0;  // of all requests together, from their first tokens to their last ones
  double first_token_ms = 0;       // from the request to its first token, the middle one of all requests
};

// Told before each step: "4 at once, prompts".
using OnStep = std::function<void(const std::string&)>;

// Blocks. Prompts have nothing in common, so that each is computed; answers are measured with prompts that
// were computed before. The first error of any request.
[[nodiscard]] Result<std::vector<Measured>> measure(nn::LanguageModel& model, const nn::ModelInfo& info,
                                                    const MeasurePlan& plan, const Clock& clock,
                                                    const OnStep& on_step);

// Blocks until a call of the model has ended.
[[nodiscard]] Result<nn::ModelInfo> ask_info(nn::LanguageModel& model);

}  // namespace sluice::cli
