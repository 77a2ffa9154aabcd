// Computes many generations together, step by step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "nn/batch.h"
#include "nn/generation.h"
#include "nn/parallel.h"
#include "nn/sequences.h"

namespace sluice::nn {

// Fair: places go to the owner who has the fewest, and prompts are computed in turns by owner. What prompts
// have in common is computed once: a sequence begins with the longest beginning of its prompt that is there,
// or waits for one that is being computed. Where room ends, kept beginnings go first, then the youngest gives
// its place back and is computed again later; the oldest never does.
//
// The order of tokens in memory is the order in which attention sums them up. So where sequences share their
// memory, those that must not depend on others (steady ones) run only while all tokens lie in the order they
// were computed in: nobody gives room back before all have ended, and nobody starts without room to its end.
//
// An image is computed by itself, one at each step, for the one that started first; a step is as long then as
// the image takes.
//
// Belongs to one thread. Each generation ends with one message, `done` or `failed`.
class Scheduler {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Scheduler>> open(const LoadedModel& model, SendMessage send);
  Scheduler(const LoadedModel& model, ContextHandle context, SendMessage send);

  void add(std::unique_ptr<Generation> generation);
  // Ends it with `cancelled`. False: it isn't here.
  bool cancel(RequestId id);
  // To those who wait, as far as there are any.
  void give_places();
  // Gives places, computes a batch and draws. False: there is nothing to do.
  bool step();

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::size_t running() const { return running_.size(); }
  [[nodiscard]] sluice_nn_context* context() const { return context_.get(); }

 private:
  using Owned = std::unique_ptr<Generation>;
  // The longest beginning that a running one has, and will have.
  struct Beginning {
    Sequences::Source now;
    std::size_t soon = 0;
  };
  [[nodiscard]] Beginning beginning_of(const Generation& generation) const;
  [[nodiscard]] bool may_start(const Generation& generation) const;
  [[nodiscard]] std::size_t ready(const Generation& generation, const Beginning& beginning) const;
  [[nodiscard]] bool has_room_in_order(const Generation& generation) const;
  bool make_order_for(const Generation& generation);
  void gather();
  void start(Owned generation);
  bool compute_picture();
  void compute(const Batch& batch);
  [[nodiscard]] sluice_nn_status decode(const Batch& batch, sluice_nn_error& error);
  void compute_apart(const Batch& batch, Error error);
  void advance(const Batch& batch);
  void make_room();
  void keep(const Generation& generation);
  void fail_running(Generation& generation, Error error);
  [[nodiscard]] Owned take_running(const Generation& generation);

  const LoadedModel& model_;
  SendMessage send_;
  ContextHandle context_;
  Sequences sequences_;
  BatchPlan plan_;
  ParallelLoop drawing_;
  std::deque<Owned> waiting_;
  std::vector<Owned> running_;  // in the order they started
  std::uint64_t started_ = 0;
  std::size_t occupied_ = 0;  // tokens in memory since there were none, where they have no gaps
  bool is_full_ = false;      // one gave its place back, and none has ended since
};

}  // namespace sluice::nn
