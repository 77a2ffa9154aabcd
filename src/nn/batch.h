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
  bool is_steady = false;       // it computes each token as if it were alone

  void add(Generation& generation, std::size_t position);
  // The part of one generation.
  [[nodiscard]] Batch only(const Generation& generation) const;
  [[nodiscard]] std::vector<Generation*> generations() const;
};

// Those that draw come first, each with its one token; prompts share the rest, in turns by owner. Where a
// prompt keeps the device busy, it is computed to its end before the next one begins: then all of them but
// the last are answered sooner.
//
// Those whose next is an image are left out: it is computed by itself.
//
// Where sequences have separate memories, unequal lengths are computed one after the other: so batches are of
// draws or of prompts there, in turns, and whose prompt is done draws with the others.
//
// While there are steady generations, two kinds of batches take turns: steady ones, of all that draw and the
// prompts of steady generations, and large ones of the other prompts. Where sequences have separate memories,
// a steady batch has one prompt at most: of unequal lengths, the last part may be one token.
class BatchPlan {
 public:
  explicit BatchPlan(const EngineSettings& settings)
      : tokens_max_(settings.batch_tokens),
        steady_most_(settings.steady_most),
        busy_least_(settings.busy_least),
        separate_(settings.separate) {}
  // `running`: in the order they started.
  [[nodiscard]] Batch next(const std::vector<std::unique_ptr<Generation>>& running);

 private:
  struct Work {
    std::vector<Generation*> draws;
    std::vector<Generation*> prompts;
    std::size_t drawing = 0;  // how many draw, in this batch or not
    [[nodiscard]] bool empty() const { return draws.empty() && prompts.empty(); }
  };
  [[nodiscard]] Batch next_of(const Work& work, std::size_t tokens_max);
  void leave_one_kind(Work& work);

  std::size_t tokens_max_;
  std::size_t steady_most_;  // tokens of a steady batch; 0: there are none
  std::size_t busy_least_;
  bool separate_;
  bool is_others_turn_ = false;
  bool is_prompts_turn_ = false;
  std::uint64_t turn_ = 0;
  std::map<std::string, std::uint64_t> turn_of_;  // owners with prompts, and when they last had a turn
};

}  // namespace sluice::nn
