// What one review may spend on a model. Settings; see docs/review-format.md.
#pragma once

#include <cstdint>

namespace review {

// Whether what a model finds is shown. A model that cannot judge code (a small one for trying the pipeline
// out) runs through all the steps, and what it says is counted, not shown.
enum class ModelTrust : std::uint8_t { full, none };

struct ModelCaps {
  std::uint32_t tokens_max = 1'000'000;       // `model-max-tokens`: prompts and answers together
  std::uint32_t calls_max = 200;              // `model-max-calls`
  std::uint64_t cost_micros_max = 2'000'000;  // `model-max-cost`, in millionths of a US dollar
  std::uint32_t timeout_s = 900;              // `model-timeout-s`: after that no call is begun
  std::uint32_t prompt_tokens_max = 0;        // `model-prompt-tokens`: of one call; 0: by the kind of model
  std::uint32_t context_tokens = 0;           // `model-context-tokens`; 0: what the model says
  std::uint32_t parallel = 8;                 // `model-parallel`: calls at the same time
  std::uint32_t score_min = 6;                // `model-min-score`, of 10, in the second pass
  ModelTrust trust = ModelTrust::full;        // `model-trust`
};

}  // namespace review
