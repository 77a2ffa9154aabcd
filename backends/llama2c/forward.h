// From tokens to logits: the transformer of llama2.c (that of Llama 2).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cells.h"
#include "checkpoint.h"
#include "kernels.h"
#include "workers.h"

namespace sluice::backends::llama2c {

// A token to compute. Its cell, and those of the positions before it, are its sequence's in `Cells`.
struct Step {
  std::int32_t token = 0;
  std::uint32_t position = 0;
  std::uint32_t sequence = 0;
  std::uint32_t cell = 0;
  bool output = false;
};

class Forward {
 public:
  // All are used as long as this. Throws std::bad_alloc.
  Forward(const Checkpoint& checkpoint, Cells& cells, Workers& workers);

  // Logits of those with `output` are written one row after the other. False: `stop` became true; the cells
  // of the steps have no meaning then.
  [[nodiscard]] bool run(std::span<const Step> steps, std::size_t threads, const std::atomic<bool>& stop,
                         std::vector<float>& logits);
  // Bytes that it works with, for so many tokens at once.
  [[nodiscard]] static std::uint64_t bytes(const Shape& shape, std::uint32_t steps);

 private:
  void prepare(std::span<const Step> steps, std::vector<float>& logits);
  void layer(std::size_t index, std::span<const Step> steps);
  void keep(std::size_t layer, std::span<const Step> steps);
  void attend(std::size_t layer, const Step& step, std::size_t row, std::size_t head,
              std::span<float> scores);
  void add_branch(std::size_t count);
  void normalize_all(const float* weights, std::size_t count);
  // Splits [0, count) into parts that are about equal and computed at the same time. `work_per_one`:
  // products.
  void split(std::size_t count, std::size_t work_per_one,
             const std::function<void(Rows, std::span<float> scratch)>& work);

  const Checkpoint& checkpoint_;
  Cells& cells_;
  Workers& workers_;
  std::size_t threads_ = 1;  // of this run
  std::vector<float> frequencies_;
  // Rows, one for each step.
  std::vector<float> state_, normed_, branch_, queries_, keys_, values_, gates_, ups_;
  std::vector<float> cosines_, sines_;
  std::vector<std::vector<float>> scratch_;  // of each thread
};

}  // namespace sluice::backends::llama2c
