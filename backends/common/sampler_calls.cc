#include "common/sampler_calls.h"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "common/result.h"
#include "common/sampler.h"

struct sluice_nn_sampler {
  sluice::backends::Sampler sampler;
  std::size_t vocabulary;
};

namespace sluice::backends {

sluice_nn_status open_sampler(const Vocabulary& vocabulary, const sluice_nn_sampling& sampling,
                              sluice_nn_sampler** sampler, sluice_nn_error* error) noexcept {
  return guarded(error, [&]() -> Result<void> {
    auto made = Sampler::make(sampling, &vocabulary);
    if (!made) return std::unexpected(made.error());
    auto opened = std::make_unique<sluice_nn_sampler>(std::move(*made), vocabulary.size());
    *sampler = opened.release();
    return {};
  });
}

void sampler_close(sluice_nn_sampler* sampler) {
  delete sampler;
}

void sampler_see(sluice_nn_sampler* sampler, std::int32_t token) {
  guarded(nullptr, [&]() -> Result<void> {
    sampler->sampler.see(token);
    return {};
  });
}

sluice_nn_status sampler_draw(sluice_nn_sampler* sampler, const float* logits, int logprobs,
                              sluice_nn_drawn* drawn, sluice_nn_drawn* top, sluice_nn_error* error) {
  return guarded(error, [&] {
    return sampler->sampler.draw(std::span(logits, sampler->vocabulary), logprobs, *drawn, top);
  });
}

}  // namespace sluice::backends
