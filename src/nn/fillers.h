// Tokens that nobody wants: they are computed after others of their sequence, and taken back at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "nn/batch.h"

namespace sluice::nn {

struct Filler {
  sluice_nn_item after{};
  std::int32_t count = 0;
  bool output = false;  // its logits are computed, too
};

struct Filling {
  std::vector<Filler> fillers;
  // Items of the batch whose logits are computed, although nobody wants them.
  std::vector<std::size_t> outputs;
};

// The tokens of a sequence that is not in use; nothing of one that is.
using IdleLength = std::function<std::optional<std::size_t>(std::int32_t sequence)>;

// What fills a batch up. A steady one, where too few are computed together to be computed as they would be
// beside others. Another one, where sequences have separate memories: then those are computed together whose
// ids follow each other and which have equally many tokens. Short prompts are computed faster together; and
// a block of tokens that is nearly full, with what fills it: behind a prompt, or in sequences that are not in
// use. Logits are computed in blocks, too.
[[nodiscard]] Filling filling_for(const Batch& batch, const EngineSettings& settings,
                                  const IdleLength& idle_length);

}  // namespace sluice::nn
