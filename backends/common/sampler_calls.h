// The functions of the plug-in table about samplers: the same for every backend whose tokens are a
// Vocabulary.
#pragma once

#include <cstdint>

#include "common/vocabulary.h"
#include "sluice/nn_backend.h"

namespace sluice::backends {

// The vocabulary outlives the sampler.
sluice_nn_status open_sampler(const Vocabulary& vocabulary, const sluice_nn_sampling& sampling,
                              sluice_nn_sampler** sampler, sluice_nn_error* error) noexcept;
void sampler_close(sluice_nn_sampler* sampler);
void sampler_see(sluice_nn_sampler* sampler, std::int32_t token);
sluice_nn_status sampler_draw(sluice_nn_sampler* sampler, const float* logits, int logprobs,
                              sluice_nn_drawn* drawn, sluice_nn_drawn* top, sluice_nn_error* error);

}  // namespace sluice::backends
