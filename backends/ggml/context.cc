#include "context.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>

#include "common/memory.h"
#include "log.h"

llama_batch sluice_nn_context::batch() {
  sequence_lists.resize(sequences.size());
  for (std::size_t i = 0; i < sequences.size(); ++i) sequence_lists[i] = &sequences[i];
  return {.n_tokens = static_cast<std::int32_t>(tokens.size()),
          .token = tokens.data(),
          .embd = nullptr,
          .pos = positions.data(),
          .n_seq_id = counts.data(),
          .seq_id = sequence_lists.data(),
          .logits = outputs.data()};
}

void sluice_nn_context::clear() {
  tokens.clear();
  positions.clear();
  counts.clear();
  sequences.clear();
  outputs.clear();
}

void sluice_nn_context::add(std::int32_t token, std::int32_t position, std::int32_t sequence, bool output) {
  tokens.push_back(token);
  positions.push_back(position);
  counts.push_back(1);
  sequences.push_back(sequence);
  outputs.push_back(output ? 1 : 0);
}

namespace sluice::backends::ggml {
namespace {

// Tokens that are computed together, at most; a longer batch is cut into such parts.
constexpr std::uint32_t tokens_together_max = 512;
constexpr std::uint32_t outputs_least = 64;
// Besides the sequences' memory: what is computed on the way. Measured, with room.
constexpr std::uint64_t working_bytes_per_token = 64;

bool should_stop(void* context) {
  return static_cast<sluice_nn_context*>(context)->stop.load();
}

Result<void> check_options(const sluice_nn_model& model, const sluice_nn_context_options& options) {
  if (options.tokens == 0 || options.sequences == 0 || options.batch_tokens == 0) {
    return failed(SLUICE_NN_INVALID, "a context needs room for a token, a sequence and a batch");
  }
  if (options.sequences > llama_max_parallel_sequences()) {
    return failed(SLUICE_NN_INVALID, "a context has at most " +
                                         std::to_string(llama_max_parallel_sequences()) + " sequences; " +
                                         std::to_string(options.sequences) + " were asked for");
  }
  if (!model.has_weights) return failed(SLUICE_NN_UNSUPPORTED, "the model was loaded without its weights");
  if (options.embeddings == 0 && !llama_model_has_decoder(model.model.get())) {
    return failed(SLUICE_NN_UNSUPPORTED, "this model embeds texts and does not write any");
  }
  return {};
}

Result<void> check_memory(const sluice_nn_model& model, const sluice_nn_context_options& options) {
  const std::uint64_t logits = static_cast<std::uint64_t>(llama_vocab_n_tokens(model.vocab)) * sizeof(float) *
                               std::max(options.sequences, outputs_least) * 2;
  const auto width = static_cast<std::uint64_t>(llama_model_n_embd(model.model.get()));
  const std::uint64_t working =
      std::min(options.batch_tokens, tokens_together_max) * width * working_bytes_per_token;
  const std::uint64_t needed = options.tokens * bytes_per_token(model.model.get()) + logits + working;
  if (const std::uint64_t available = memory_available(); needed > available) {
    return failed(SLUICE_NN_NO_MEMORY, "a context of " + std::to_string(options.tokens) +
                                           " tokens needs about " + mebibytes(needed) + " of memory and " +
                                           mebibytes(available) +
                                           " are free; use a shorter context or fewer requests at a time");
  }
  return {};
}

llama_context_params context_params(const sluice_nn_model& model, const sluice_nn_context& context) {
  const sluice_nn_context_options& options = context.options;
  llama_context_params params = llama_context_default_params();
  params.n_ctx = options.tokens;
  params.n_batch = options.batch_tokens;
  params.n_seq_max = options.sequences;
  params.n_threads = static_cast<std::int32_t>(std::max(options.threads, 1U));
  params.n_threads_batch = static_cast<std::int32_t>(std::max(options.threads_batch, 1U));
  params.abort_callback = should_stop;
  params.abort_callback_data =
      const_cast<sluice_nn_context*>(&context);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  params.no_perf = true;
  params.kv_unified = options.separate == 0;
  if (options.embeddings != 0) {
    params.embeddings = true;
    // A text is looked at as a whole, so it has to be computed at once.
    params.n_ubatch = options.batch_tokens;
    if (metadata(model.model.get(), model.file.architecture + ".pooling_type").empty()) {
      params.pooling_type = LLAMA_POOLING_TYPE_MEAN;
    }
  } else {
    params.n_ubatch = std::min(options.batch_tokens, tokens_together_max);
    params.n_outputs_max = static_cast<std::uint32_t>(context.outputs_max);
  }
  return params;
}

Result<void> check_items(const sluice_nn_context& context, std::span<const sluice_nn_item> items) {
  if (items.empty()) return failed(SLUICE_NN_INVALID, "a batch without tokens");
  if (items.size() > context.options.batch_tokens) {
    return failed(SLUICE_NN_INVALID, "a batch of " + std::to_string(items.size()) + " tokens; at most " +
                                         std::to_string(context.options.batch_tokens) + " were agreed on");
  }
  const auto vocabulary = static_cast<std::int32_t>(context.model->vocabulary->size());
  std::size_t outputs = 0;
  for (const sluice_nn_item& item : items) {
    if (item.token < 0 || item.token >= vocabulary || item.position < 0 || item.sequence < 0 ||
        static_cast<std::uint32_t>(item.sequence) >= context.options.sequences) {
      return failed(SLUICE_NN_INVALID,
                    "an item of the batch names a token, position or sequence that does not exist");
    }
    outputs += item.output != 0 ? 1 : 0;
  }
  if (outputs > context.outputs_max) {
    return failed(SLUICE_NN_INVALID, "a batch with " + std::to_string(outputs) + " outputs; at most " +
                                         std::to_string(context.outputs_max) + " at a time");
  }
  return {};
}

// Where sequences have separate memories, llama.cpp computes those together whose ids follow each other.
std::vector<std::size_t> by_sequence(std::span<const sluice_nn_item> items) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return items[i].sequence; });
  return order;
}

// Takes out of the memory what a failed batch has put there.
void take_back(sluice_nn_context& context, std::span<const sluice_nn_item> items) {
  std::map<std::int32_t, std::int32_t> first;
  for (const sluice_nn_item& item : items) {
    const auto [at, is_new] = first.try_emplace(item.sequence, item.position);
    if (!is_new) at->second = std::min(at->second, item.position);
  }
  llama_memory_t memory = llama_get_memory(context.context.get());
  for (const auto& [sequence, position] : first) llama_memory_seq_rm(memory, sequence, position, -1);
}

}  // namespace

Result<std::unique_ptr<sluice_nn_context>> open_context(const sluice_nn_model& model,
                                                        const sluice_nn_context_options& options) {
  if (auto checked = check_options(model, options); !checked) return std::unexpected(checked.error());
  if (auto checked = check_memory(model, options); !checked) return std::unexpected(checked.error());
  auto context = std::make_unique<sluice_nn_context>();
  context->model = &model;
  context->options = options;
  context->outputs_max = std::min(options.batch_tokens, std::max(options.sequences, outputs_least));
  const auto trained = static_cast<std::size_t>(std::max(llama_model_n_ctx_train(model.model.get()), 1));
  context->text_tokens_max = std::min<std::size_t>({trained, options.batch_tokens, options.tokens});
  const Complaints complaints;
  context->context.reset(llama_init_from_model(model.model.get(), context_params(model, *context)));
  if (context->context == nullptr) {
    return failed(SLUICE_NN_NO_MEMORY,
                  "cannot make a context of " + std::to_string(options.tokens) +
                      " tokens: " + complaints.text("llama.cpp refuses it without saying why"));
  }
  return context;
}

Result<void> decode(sluice_nn_context& context, std::span<const sluice_nn_item> items) {
  if (context.options.embeddings != 0) return failed(SLUICE_NN_UNSUPPORTED, "this context is for embeddings");
  if (auto checked = check_items(context, items); !checked) return checked;
  context.clear();
  context.places.resize(items.size());
  for (const std::size_t i : by_sequence(items)) {
    context.places[i] = context.tokens.size();
    context.add(items[i].token, items[i].position, items[i].sequence, items[i].output != 0);
  }
  context.stop = false;
  const Complaints complaints;
  const std::int32_t code = llama_decode(context.context.get(), context.batch());
  switch (code) {
    case 0:
      // The logits are read after this; waiting here keeps `context_stop` meaningful.
      llama_synchronize(context.context.get());
      return {};
    case 1:
      return failed(SLUICE_NN_FULL,
                    "the context has no room for " + std::to_string(items.size()) + " more tokens");
    case -1:
      return failed(SLUICE_NN_INVALID,
                    "llama.cpp refuses the batch: " + complaints.text("its positions have gaps"));
    default:
      take_back(context, items);
      if (code == 2) return failed(SLUICE_NN_STOPPED, "stopped");
      return failed(SLUICE_NN_BROKEN, "llama.cpp failed to compute (code " + std::to_string(code) +
                                          "): " + complaints.text("without saying why"));
  }
}

bool remove_range(sluice_nn_context& context, std::int32_t sequence, std::int32_t from, std::int32_t to) {
  llama_memory_t memory = llama_get_memory(context.context.get());
  if (memory == nullptr || sequence < 0 || static_cast<std::uint32_t>(sequence) >= context.options.sequences)
    return false;
  return llama_memory_seq_rm(memory, sequence, std::max(from, 0), to < 0 ? -1 : to);
}

bool copy_prefix(sluice_nn_context& context, std::int32_t source, std::int32_t target, std::int32_t to) {
  llama_memory_t memory = llama_get_memory(context.context.get());
  const auto known = [&](std::int32_t sequence) {
    return sequence >= 0 && static_cast<std::uint32_t>(sequence) < context.options.sequences;
  };
  if (memory == nullptr || !known(source) || !known(target) || source == target || to <= 0) return false;
  const llama_pos last = llama_memory_seq_pos_max(memory, source);
  if (to > last + 1 || llama_memory_seq_pos_max(memory, target) >= 0) return false;
  const llama_model* model = context.model->model.get();
  // Such a model keeps one state for a sequence, that of its end.
  if ((llama_model_is_recurrent(model) || llama_model_is_hybrid(model)) && to != last + 1) return false;
  if (context.options.separate == 0) {
    llama_memory_seq_cp(memory, source, target, 0, to);
    return true;
  }
  // From one memory to another, llama.cpp copies all or nothing.
  llama_memory_seq_cp(memory, source, target, -1, -1);
  if (to <= last) llama_memory_seq_rm(memory, target, to, -1);
  return true;
}

}  // namespace sluice::backends::ggml
