// The transformer by the plainest means, in double precision: what the plug-in's logits are compared with.
#pragma once

#include <cstdint>
#include <vector>

#include "weights.h"

namespace sluice::backends::llama2c::test {

// Logits after each of the tokens.
[[nodiscard]] std::vector<std::vector<double>> reference_logits(const Weights& weights,
                                                                const std::vector<std::int32_t>& tokens);

}  // namespace sluice::backends::llama2c::test
