#include "common/softmax.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "common/each_processor.h"

namespace sluice::backends {
namespace {

constexpr float lowest = -std::numeric_limits<float>::infinity();

// e^x for x from -87 to 0, the rest as at these ends: 2^n times a polynomial (Cephes). Without branches, so
// that the compiler can do many at once.
inline float exponential(float x) {
  x = x > -87.0F ? x : -87.0F;
  x = x < 0.0F ? x : 0.0F;
  const float n = static_cast<float>(static_cast<std::int32_t>(x * 1.44269504F - 0.5F));
  const float r = x - n * 0.693359375F + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  return p * std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
}

SLUICE_EACH_PROCESSOR
void maxima_of(const float* logits, std::size_t blocks, float* maxima) {
  constexpr std::size_t lanes = 16;
  for (std::size_t block = 0; block < blocks; ++block, logits += logit_block) {
    float most[lanes];
    for (float& each : most) each = lowest;
    for (std::size_t i = 0; i < logit_block; i += lanes) {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        most[lane] = logits[i + lane] > most[lane] ? logits[i + lane] : most[lane];
      }
    }
    maxima[block] = *std::max_element(most, most + lanes);
  }
}

SLUICE_EACH_PROCESSOR
void exponentials_of(const float* logits, std::size_t count, float shift, float scale, float* out) {
  for (std::size_t i = 0; i < count; ++i) {
    const float value = exponential((logits[i] - shift) * scale);
    // What is no number, or was forbidden, has no part in it.
    out[i] = logits[i] > -1e30F ? value : 0.0F;
  }
}

SLUICE_EACH_PROCESSOR
float sum_of(const float* values, std::size_t count) {
  constexpr std::size_t lanes = 16;
  float sums[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += values[i + lane];
  }
  float sum = 0;
  for (; i < count; ++i) sum += values[i];
  for (const float lane : sums) sum += lane;
  return sum;
}

}  // namespace

void block_maxima(std::span<const float> logits, std::vector<float>& maxima) {
  const std::size_t whole = logits.size() / logit_block;
  maxima.resize((logits.size() + logit_block - 1) / logit_block);
  maxima_of(logits.data(), whole, maxima.data());
  if (whole < maxima.size()) {
    float most = lowest;
    for (const float logit : logits.subspan(whole * logit_block)) most = logit > most ? logit : most;
    maxima[whole] = most;
  }
}

double sum_of_exponentials(std::span<const float> logits, float shift, float scale) {
  float values[4 * logit_block];
  double sum = 0;
  for (std::size_t i = 0; i < logits.size(); i += std::size(values)) {
    const std::size_t count = std::min(std::size(values), logits.size() - i);
    exponentials_of(logits.data() + i, count, shift, scale, values);
    sum += static_cast<double>(sum_of(values, count));
  }
  return sum;
}

void exponentials(std::span<const float> logits, float shift, float scale, std::vector<float>& out) {
  out.resize(logits.size());
  exponentials_of(logits.data(), logits.size(), shift, scale, out.data());
}

Descending::Descending(std::span<const float> logits) : logits_(logits), top_(lowest), floor_(lowest) {
  block_maxima(logits_, maxima_);
  for (const float most : maxima_) top_ = most > top_ ? most : top_;
  // Above all: nothing is ready yet.
  floor_ = std::numeric_limits<float>::infinity();
}

void Descending::fill() {
  ready_.clear();
  at_ = 0;
  while (ready_.empty() && !done_) {
    const float above = floor_;
    floor_ = (above == std::numeric_limits<float>::infinity() ? top_ : above) - width_;
    width_ *= 2;
    // The last round takes all that is left.
    if (width_ > 100 || !(floor_ > -1e30F)) {
      floor_ = lowest;
      done_ = true;
    }
    for (std::size_t block = 0; block < maxima_.size(); ++block) {
      if (!(maxima_[block] >= floor_) || maxima_[block] == lowest) continue;
      const std::size_t end = std::min(logits_.size(), (block + 1) * logit_block);
      for (std::size_t i = block * logit_block; i < end; ++i) {
        const float logit = logits_[i];
        if (logit >= floor_ && logit < above && logit > lowest)
          ready_.push_back({static_cast<std::int32_t>(i), logit});
      }
    }
  }
  std::sort(ready_.begin(), ready_.end(), [](const Candidate& a, const Candidate& b) {
    return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
  });
}

bool Descending::next(Candidate& candidate) {
  if (at_ == ready_.size()) {
    if (done_) return false;
    fill();
    if (ready_.empty()) return false;
  }
  candidate = ready_[at_++];
  return true;
}

}  // namespace sluice::backends
