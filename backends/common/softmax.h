// Passes over a row of logits, quick ones: a row has tens of thousands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice::backends {

constexpr std::size_t logit_block = 64;

// The largest logit of each block; what is no number counts as less than everything.
void block_maxima(std::span<const float> logits, std::vector<float>& maxima);
// Sum of e^((logit - shift) × scale). To about 1e-7 of it.
[[nodiscard]] double sum_of_exponentials(std::span<const float> logits, float shift, float scale);
// The same addends, one by one, for drawing.
void exponentials(std::span<const float> logits, float shift, float scale, std::vector<float>& out);

struct Candidate {
  std::int32_t token = -1;
  float logit = 0;
};

// All tokens, the most likely first; equals by their number. Looks no further than it is asked.
class Descending {
 public:
  explicit Descending(std::span<const float> logits);
  // False: that was all.
  bool next(Candidate& candidate);
  // The largest logit; minus infinity if there is none.
  [[nodiscard]] float top() const { return top_; }

 private:
  void fill();
  std::span<const float> logits_;
  std::vector<float> maxima_;
  std::vector<Candidate> ready_;
  std::size_t at_ = 0;
  float top_;
  float floor_;  // all above it were handed out or are ready
  float width_ = 1.5F;
  bool done_ = false;
};

}  // namespace sluice::backends
