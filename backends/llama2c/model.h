// A checkpoint with its tokenizer.
#pragma once

#include <memory>
#include <string>

#include "checkpoint.h"
#include "common/result.h"
#include "common/vocabulary.h"
#include "sluice/nn_backend.h"
#include "tokenizer.h"

struct sluice_nn_model {
  sluice::backends::llama2c::Checkpoint checkpoint;
  sluice::backends::llama2c::Tokenizer tokenizer;
  // Made from the tokenizer once; used by every sampler.
  std::unique_ptr<const sluice::backends::Vocabulary> vocabulary;
  bool has_weights = true;
};

namespace sluice::backends::llama2c {

// The most tokens that a context may compute at once. However many: each is computed as if alone.
inline constexpr std::uint32_t batch_tokens_max = 1 << 16;

// NOT_FOUND, CORRUPT, UNSUPPORTED, NO_MEMORY, STOPPED, BROKEN.
[[nodiscard]] Result<std::unique_ptr<sluice_nn_model>> open_model(const std::string& path,
                                                                  const sluice_nn_model_options& options);
void fill_info(const sluice_nn_model& model, sluice_nn_model_info& info);
// JSON for people, see the header of plug-ins.
[[nodiscard]] std::string describe(const sluice_nn_model& model);

}  // namespace sluice::backends::llama2c
