// Tokens that nobody wants: they are computed after others of their sequence, and taken back at once.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/batch.h"

namespace sluice::nn {

struct Filler {
  sluice_nn_item after{};
  std::int32_t count = 0;
};

// What fills a batch up. A steady one, where too few are computed together to be computed as they would be
// beside others. Another one, where sequences have separate memories: then those are computed together whose
// ids follow each other and which have equally many tokens, and short prompts are computed faster together.
[[nodiscard]] std::vector<Filler> fillers_for(const Batch& batch, const EngineSettings& settings);

}  // namespace sluice::nn
