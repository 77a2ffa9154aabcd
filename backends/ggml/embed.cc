#include "embed.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "log.h"

namespace sluice::backends::ggml {
namespace {

Result<void> check_texts(const sluice_nn_context& context, const std::int32_t* tokens,
                         std::span<const std::size_t> offsets) {
  const auto vocabulary = static_cast<std::int32_t>(context.model->vocabulary->size());
  for (std::size_t text = 0; text + 1 < offsets.size(); ++text) {
    if (offsets[text + 1] <= offsets[text]) {
      return failed(SLUICE_NN_INVALID, "text " + std::to_string(text + 1) + " has no tokens");
    }
    const std::size_t count = offsets[text + 1] - offsets[text];
    if (count > context.text_tokens_max) {
      return failed(SLUICE_NN_INVALID, "text " + std::to_string(text + 1) + " has " + std::to_string(count) +
                                           " tokens and the model sees at most " +
                                           std::to_string(context.text_tokens_max) + "; cut it into parts");
    }
    for (std::size_t i = offsets[text]; i < offsets[text + 1]; ++i) {
      if (tokens[i] < 0 || tokens[i] >= vocabulary)
        return failed(SLUICE_NN_INVALID, "a token that does not exist");
    }
  }
  return {};
}

Result<void> compute(sluice_nn_context& context) {
  const Complaints complaints;
  llama_context* inner = context.context.get();
  llama_memory_t memory = llama_get_memory(inner);
  if (memory != nullptr) llama_memory_clear(memory, /*data=*/false);
  const std::int32_t code =
      memory == nullptr ? llama_encode(inner, context.batch()) : llama_decode(inner, context.batch());
  if (code == 2) return failed(SLUICE_NN_STOPPED, "stopped");
  if (code != 0) {
    return failed(SLUICE_NN_BROKEN, "llama.cpp failed to compute (code " + std::to_string(code) +
                                        "): " + complaints.text("without saying why"));
  }
  llama_synchronize(inner);
  return {};
}

void normalize(const float* from, std::size_t size, float* to) {
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += static_cast<double>(from[i]) * static_cast<double>(from[i]);
  const double scale = sum > 0 ? 1 / std::sqrt(sum) : 0;
  for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<float>(static_cast<double>(from[i]) * scale);
}

}  // namespace

Result<void> embed(sluice_nn_context& context, const std::int32_t* tokens,
                   std::span<const std::size_t> offsets, float* vectors) {
  if (context.options.embeddings == 0)
    return failed(SLUICE_NN_UNSUPPORTED, "this context is not for embeddings");
  if (auto checked = check_texts(context, tokens, offsets); !checked) return checked;
  const auto width = static_cast<std::size_t>(llama_model_n_embd_out(context.model->model.get()));
  context.stop = false;
  for (std::size_t text = 0; text + 1 < offsets.size();) {
    // As many texts together as fit.
    context.clear();
    std::size_t end = text;
    while (end + 1 < offsets.size() && end - text < context.options.sequences &&
           context.tokens.size() + offsets[end + 1] - offsets[end] <=
               std::min(context.options.batch_tokens, context.options.tokens)) {
      for (std::size_t i = offsets[end]; i < offsets[end + 1]; ++i) {
        context.add(tokens[i], static_cast<std::int32_t>(i - offsets[end]),
                    static_cast<std::int32_t>(end - text), true);
      }
      ++end;
    }
    if (auto computed = compute(context); !computed) return computed;
    const std::size_t first = text;
    for (; text < end; ++text, vectors += width) {
      const float* row =
          llama_get_embeddings_seq(context.context.get(), static_cast<llama_seq_id>(text - first));
      if (row == nullptr) return failed(SLUICE_NN_UNSUPPORTED, "this model gives no embedding of a text");
      normalize(row, width, vectors);
    }
  }
  return {};
}

}  // namespace sluice::backends::ggml
