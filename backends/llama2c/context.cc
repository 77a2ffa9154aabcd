#include "context.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "common/memory.h"

namespace sluice::backends::llama2c {
namespace {

constexpr std::uint32_t sequences_max = 1 << 16;
constexpr std::uint32_t threads_max = 256;

bool is_known(const sluice_nn_context& context, std::int32_t sequence) {
  return sequence >= 0 && static_cast<std::uint32_t>(sequence) < context.options.sequences;
}

Result<void> check_options(const sluice_nn_model& model, const sluice_nn_context_options& options) {
  if (options.embeddings != 0) {
    return failed(SLUICE_NN_UNSUPPORTED, "models of llama2.c write texts and do not embed any");
  }
  if (options.tokens == 0 || options.sequences == 0 || options.batch_tokens == 0) {
    return failed(SLUICE_NN_INVALID, "a context needs room for a token, a sequence and a batch");
  }
  if (options.sequences > sequences_max || options.batch_tokens > batch_tokens_max) {
    return failed(SLUICE_NN_INVALID, "a context has at most " + std::to_string(sequences_max) +
                                         " sequences and computes at most " +
                                         std::to_string(batch_tokens_max) + " tokens at once; " +
                                         std::to_string(options.sequences) + " and " +
                                         std::to_string(options.batch_tokens) + " were asked for");
  }
  if (!model.has_weights) return failed(SLUICE_NN_UNSUPPORTED, "the model was loaded without its weights");
  return {};
}

Result<void> check_memory(const sluice_nn_model& model, const sluice_nn_context_options& options) {
  const Shape& shape = model.checkpoint.shape;
  const std::uint64_t logits = std::uint64_t{options.sequences} * shape.vocabulary * sizeof(float);
  const std::uint64_t needed =
      options.tokens * Cells::bytes(shape) + Forward::bytes(shape, options.batch_tokens) + logits;
  if (const std::uint64_t available = memory_available(); needed > available) {
    return failed(SLUICE_NN_NO_MEMORY, "a context of " + std::to_string(options.tokens) +
                                           " tokens needs about " + mebibytes(needed) + " of memory and " +
                                           mebibytes(available) +
                                           " are free; use a shorter context or fewer requests at a time");
  }
  return {};
}

std::string at_item(std::size_t index) {
  return "item " + std::to_string(index) + " of the batch ";
}

// How long each sequence of the batch was before it.
using Lengths = std::map<std::int32_t, std::size_t>;

Result<Lengths> check_items(const sluice_nn_context& context, std::span<const sluice_nn_item> items) {
  const auto refuse = [](std::size_t index, const std::string& why) {
    return failed(SLUICE_NN_INVALID, at_item(index) + why);
  };
  if (items.size() > context.options.batch_tokens) {
    return failed(SLUICE_NN_INVALID, "a batch of " + std::to_string(items.size()) + " tokens; at most " +
                                         std::to_string(context.options.batch_tokens) + " at a time");
  }
  Lengths before;
  std::map<std::int32_t, std::size_t> next;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const sluice_nn_item& item = items[i];
    if (item.token < 0 || static_cast<std::uint32_t>(item.token) >= context.model.checkpoint.shape.vocabulary)
      return refuse(i, "is token " + std::to_string(item.token) + ", which the model does not have");
    if (!is_known(context, item.sequence))
      return refuse(i,
                    "is of sequence " + std::to_string(item.sequence) + ", which the context does not have");
    const std::size_t length = context.cells.of(static_cast<std::size_t>(item.sequence)).size();
    before.try_emplace(item.sequence, length);
    std::size_t& position = next.try_emplace(item.sequence, length).first->second;
    if (item.position < 0 || static_cast<std::size_t>(item.position) != position) {
      return refuse(i, "is at position " + std::to_string(item.position) + " of sequence " +
                           std::to_string(item.sequence) + ", where " + std::to_string(position) +
                           " is next");
    }
    ++position;
  }
  if (items.size() > context.cells.free()) {
    return failed(SLUICE_NN_FULL, "the context has room for " + std::to_string(context.cells.free()) +
                                      " more tokens, and the batch has " + std::to_string(items.size()));
  }
  return before;
}

// Takes the batch out of the cells again, unless it was computed.
class Undo {
 public:
  Undo(Cells& cells, Lengths before) : cells_(cells), before_(std::move(before)) {}
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  ~Undo() {
    if (done_) return;
    for (const auto& [sequence, length] : before_) cells_.cut(static_cast<std::size_t>(sequence), length);
  }
  void done() { done_ = true; }

 private:
  Cells& cells_;
  Lengths before_;
  bool done_ = false;
};

}  // namespace

Result<std::unique_ptr<sluice_nn_context>> open_context(const sluice_nn_model& model,
                                                        const sluice_nn_context_options& options) {
  if (auto checked = check_options(model, options); !checked) return std::unexpected(checked.error());
  if (auto checked = check_memory(model, options); !checked) return std::unexpected(checked.error());
  return std::make_unique<sluice_nn_context>(model, options);
}

Result<void> decode(sluice_nn_context& context, std::span<const sluice_nn_item> items) {
  context.stop = false;
  context.rows.clear();
  auto before = check_items(context, items);
  if (!before) return std::unexpected(before.error());
  context.steps.clear();
  std::vector<std::size_t> rows;
  Undo undo(context.cells, std::move(*before));
  std::size_t outputs = 0;
  for (const sluice_nn_item& item : items) {
    const auto sequence = static_cast<std::uint32_t>(item.sequence);
    context.steps.push_back({item.token, static_cast<std::uint32_t>(item.position), sequence,
                             context.cells.append(sequence), item.output != 0});
    rows.push_back(item.output != 0 ? outputs++ : sluice_nn_context::no_row);
  }
  const std::uint32_t threads = items.size() == 1 ? context.options.threads : context.options.threads_batch;
  if (!context.forward.run(context.steps, threads, context.stop, context.logits))
    return failed(SLUICE_NN_STOPPED, "stopped");
  undo.done();
  context.rows = std::move(rows);
  return {};
}

const float* logits_of(const sluice_nn_context& context, std::size_t index) {
  if (index >= context.rows.size() || context.rows[index] == sluice_nn_context::no_row) return nullptr;
  return context.logits.data() + context.rows[index] * context.model.checkpoint.shape.vocabulary;
}

bool remove_range(sluice_nn_context& context, std::int32_t sequence, std::int32_t from, std::int32_t to) {
  if (!is_known(context, sequence)) return false;
  const auto id = static_cast<std::size_t>(sequence);
  const std::size_t length = context.cells.of(id).size();
  const auto begin = static_cast<std::size_t>(std::max(from, 0));
  const std::size_t end = to < 0 ? length : std::min(static_cast<std::size_t>(to), length);
  if (begin >= end) return true;
  if (end < length) return false;
  context.cells.cut(id, begin);
  return true;
}

bool copy_prefix(sluice_nn_context& context, std::int32_t source, std::int32_t target, std::int32_t to) {
  if (!is_known(context, source) || !is_known(context, target) || source == target || to <= 0) return false;
  const auto from = static_cast<std::size_t>(source);
  const auto into = static_cast<std::size_t>(target);
  const auto length = static_cast<std::size_t>(to);
  if (length > context.cells.of(from).size() || !context.cells.of(into).empty()) return false;
  context.cells.share(from, into, length);
  return true;
}

}  // namespace sluice::backends::llama2c

sluice_nn_context::sluice_nn_context(const sluice_nn_model& of, const sluice_nn_context_options& with)
    : model(of),
      options(with),
      cells(of.checkpoint.shape, with.tokens, with.sequences),
      workers(
          std::clamp(std::max(with.threads, with.threads_batch), 1U, sluice::backends::llama2c::threads_max)),
      forward(of.checkpoint, cells, workers) {}
