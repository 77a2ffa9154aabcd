// Embeds the texts of many requests together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "nn/generation.h"
#include "nn/loaded_model.h"

namespace sluice::nn {

// A request, its texts as tokens.
struct EmbedJob {
  RequestHead head;
  std::vector<std::vector<std::int32_t>> texts;
  std::vector<std::vector<float>> vectors = {};  // of the first texts
};

// invalid_input: no embedding model, a text that is empty or too long.
[[nodiscard]] Result<EmbedJob> prepare(const LoadedModel& model, EmbedMessage message);

// Belongs to one thread. Each job ends with one message, `embedded` or `failed`.
class Embedder {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Embedder>> open(const LoadedModel& model, SendMessage send);
  Embedder(const LoadedModel& model, ContextHandle context, SendMessage send);

  void add(EmbedJob job);
  bool cancel(RequestId id);
  // Embeds a batch: of each job in turn the next text, as many as fit. False: there is nothing to do.
  bool step();
  [[nodiscard]] std::size_t waiting() const { return jobs_.size(); }

 private:
  Status embed(const std::vector<EmbedJob*>& jobs);
  void finish_ended();

  const LoadedModel& model_;
  SendMessage send_;
  ContextHandle context_;
  std::deque<EmbedJob> jobs_;
};

}  // namespace sluice::nn
