// Images in a prompt: libmtmd of llama.cpp turns them into vectors, which a model reads in the place of
// tokens.
#pragma once

#include <mtmd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/result.h"
#include "context.h"
#include "model.h"

struct sluice_nn_projector {
  const sluice_nn_model* model = nullptr;
  mtmd::context_ptr context;
};

struct sluice_nn_mixed_prompt {
  const sluice_nn_projector* projector = nullptr;
  mtmd::input_chunks chunks;
  std::vector<sluice_nn_stretch> stretches;  // one for each of the chunks
};

namespace sluice::backends::ggml {

// NOT_FOUND, CORRUPT, NO_MEMORY, UNSUPPORTED.
[[nodiscard]] Result<std::unique_ptr<sluice_nn_projector>> open_projector(const sluice_nn_model& model,
                                                                          const std::string& path,
                                                                          std::uint32_t threads);

enum class Special : std::uint8_t { as_text, recognized };
// One text more than there are images. INVALID.
[[nodiscard]] Result<std::unique_ptr<sluice_nn_mixed_prompt>> open_mixed(
    const sluice_nn_projector& projector, std::span<const sluice_nn_text> texts,
    std::span<const sluice_nn_text> images, Special special);

// Computes the stretch of an image.
[[nodiscard]] Result<void> decode_mixed(sluice_nn_context& context, const sluice_nn_mixed_prompt& prompt,
                                        std::size_t index, std::int32_t sequence, std::int32_t position);

}  // namespace sluice::backends::ggml
