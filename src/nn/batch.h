// What is computed next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nn/generation.h"

namespace sluice::nn {

struct Batch {
  // Items of one generation stand together.
  std::vector<sluice_nn_item> items;
  std::vector<Generation*> of;  // whose item it is

  void add(Generation& generation, std::size_t position);
  // The part of one generation.
  [[nodiscard]] Batch only(const Generation& generation) const;
  [[nodiscard]] std::vector<Generation*> generations() const;
};

// Those that draw come first, each with its one token; prompts share the rest, in turns by owner.
class BatchPlan {
 public:
  explicit BatchPlan(std::size_t tokens_max) : tokens_max_(tokens_max) {}
  // `running`: in the order they started.
  [[nodiscard]] Batch next(const std::vector<std::unique_ptr<Generation>>& running);

 private:
  std::size_t tokens_max_;
  std::uint64_t turn_ = 0;
  std::map<std::string, std::uint64_t> turn_of_;  // owners with prompts, and when they last had a turn
};

}  // namespace sluice::nn
