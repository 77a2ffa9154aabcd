// Sequences, batches and stopping.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cells.h"
#include "common/result.h"
#include "forward.h"
#include "model.h"
#include "sluice/nn_backend.h"
#include "workers.h"

struct sluice_nn_context {
  sluice_nn_context(const sluice_nn_model& of, const sluice_nn_context_options& with);

  const sluice_nn_model& model;
  const sluice_nn_context_options options;
  std::atomic<bool> stop{false};
  sluice::backends::llama2c::Cells cells;
  sluice::backends::llama2c::Workers workers;
  sluice::backends::llama2c::Forward forward;
  // Of the last batch.
  std::vector<sluice::backends::llama2c::Step> steps;
  std::vector<std::size_t> rows;  // of each item's logits, or `no_row`
  std::vector<float> logits;

  static constexpr std::size_t no_row = ~std::size_t{0};
};

namespace sluice::backends::llama2c {

// NO_MEMORY, INVALID, UNSUPPORTED.
[[nodiscard]] Result<std::unique_ptr<sluice_nn_context>> open_context(
    const sluice_nn_model& model, const sluice_nn_context_options& options);
[[nodiscard]] Result<void> decode(sluice_nn_context& context, std::span<const sluice_nn_item> items);
// Null: it had no output.
[[nodiscard]] const float* logits_of(const sluice_nn_context& context, std::size_t index);

// Both: false where it can't be done. Only the end of a sequence is ever forgotten.
[[nodiscard]] bool remove_range(sluice_nn_context& context, std::int32_t sequence, std::int32_t from,
                                std::int32_t to);
[[nodiscard]] bool copy_prefix(sluice_nn_context& context, std::int32_t source, std::int32_t target,
                               std::int32_t to);

}  // namespace sluice::backends::llama2c
