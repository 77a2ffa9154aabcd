// Vectors for texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/result.h"
#include "context.h"

namespace sluice::backends::ggml {

// Text i is tokens [offsets[i], offsets[i+1]); its vector is written at `vectors` + i × embedding.
// INVALID: a text that is longer than the model can see, or empty.
[[nodiscard]] Result<void> embed(sluice_nn_context& context, const std::int32_t* tokens,
                                 std::span<const std::size_t> offsets, float* vectors);

}  // namespace sluice::backends::ggml
