// Draws tokens from logits.
//
// Order: bias and penalties, grammar, top-k, min-p, top-p, temperature. Each filter sees what the one before
// has left, as if the grammar had been tried on the whole vocabulary; in truth it is tried on tokens from the
// most likely on, and only until the rest can't matter any more.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/lazy_grammar.h"
#include "common/result.h"
#include "common/softmax.h"
#include "common/vocabulary.h"

namespace sluice::backends {

// Numbers from a seed, the same on every machine (SplitMix64, Steele and others 2014).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  // From 0, below 1.
  double roll();

 private:
  std::uint64_t state_;
};

struct Sampling {
  float temperature = 0;
  float top_p = 1;
  float min_p = 0;
  std::size_t top_k = 0;
  float repeat_penalty = 1;
  float presence_penalty = 0;
  float frequency_penalty = 0;
  std::int64_t penalty_last = 0;
  std::vector<std::pair<std::int32_t, float>> bias;
};

class Sampler {
 public:
  // INVALID: numbers outside of their range. The vocabulary outlives this.
  static Result<Sampler> make(const sluice_nn_sampling& options, const Vocabulary* vocabulary);

  void see(std::int32_t token);
  // `top` has room for `top_count`.
  Result<void> draw(std::span<const float> logits, int logprobs, sluice_nn_drawn& drawn,
                    sluice_nn_drawn* top);

 private:
  Sampler(Sampling sampling, std::uint64_t seed, const Vocabulary* vocabulary,
          std::optional<LazyGrammar> grammar)
      : sampling_(std::move(sampling)), dice_(seed), vocabulary_(vocabulary), grammar_(std::move(grammar)) {}

  // What was kept by all filters, as pairs with weights at temperature 1 relative to the first.
  struct Kept {
    std::vector<Candidate> candidates;
    std::vector<double> sums;  // of the weights up to here
  };

  [[nodiscard]] bool penalizes() const;
  std::span<const float> adjust(std::span<const float> logits);
  Result<bool> allowed(std::int32_t token);
  Result<std::int32_t> choose(std::span<const float> logits);
  Result<std::int32_t> choose_first(Descending& all);
  Result<std::int32_t> choose_filtered(std::span<const float> logits, Descending& all);
  Result<std::int32_t> choose_unfiltered(std::span<const float> logits, float top);
  // How many of `kept` top-p keeps; none: it depends on tokens that weren't looked at.
  [[nodiscard]] std::optional<std::size_t> cut(const Kept& kept, double rest) const;
  Result<std::int32_t> nothing_allowed() const;

  Sampling sampling_;
  Dice dice_;
  const Vocabulary* vocabulary_;
  std::optional<LazyGrammar> grammar_;
  std::deque<std::int32_t> window_;
  std::unordered_map<std::int32_t, std::uint32_t> counts_;
  std::vector<float> adjusted_;
  std::vector<float> weights_;
};

}  // namespace sluice::backends
