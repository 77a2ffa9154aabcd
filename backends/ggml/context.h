// The memory of sequences, and the computing on them.
#pragma once

#include <llama.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/result.h"
#include "model.h"

struct sluice_nn_context {
  struct Free {
    void operator()(llama_context* context) const { llama_free(context); }
  };
  const sluice_nn_model* model = nullptr;
  sluice_nn_context_options options{};
  std::atomic<bool> stop{false};
  // Rows of logits that one decode may ask for.
  std::size_t outputs_max = 0;
  // Tokens that one text of `embed` may have.
  std::size_t text_tokens_max = 0;
  // Reused from decode to decode.
  std::vector<llama_token> tokens;
  std::vector<llama_pos> positions;
  std::vector<std::int32_t> counts;
  std::vector<llama_seq_id> sequences;
  std::vector<llama_seq_id*> sequence_lists;
  std::vector<std::int8_t> outputs;
  std::vector<std::size_t> places;  // where an item of the last decode stands in them
  // Last, so that it goes first: it calls back into `stop`.
  std::unique_ptr<llama_context, Free> context;

  // A batch of llama.cpp over the vectors above.
  [[nodiscard]] llama_batch batch();
  void clear();
  void add(std::int32_t token, std::int32_t position, std::int32_t sequence, bool output);
};

namespace sluice::backends::ggml {

// NO_MEMORY, INVALID, UNSUPPORTED.
[[nodiscard]] Result<std::unique_ptr<sluice_nn_context>> open_context(
    const sluice_nn_model& model, const sluice_nn_context_options& options);
[[nodiscard]] Result<void> decode(sluice_nn_context& context, std::span<const sluice_nn_item> items);

// Both: false if this model can't.
[[nodiscard]] bool remove_range(sluice_nn_context& context, std::int32_t sequence, std::int32_t from,
                                std::int32_t to);
[[nodiscard]] bool copy_prefix(sluice_nn_context& context, std::int32_t source, std::int32_t target,
                               std::int32_t to);

}  // namespace sluice::backends::ggml
