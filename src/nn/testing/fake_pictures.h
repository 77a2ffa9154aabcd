// The fake backend's images. Its projectors begin with "FAKE PROJECTOR"; pictures are those of
// fake_language.h: with
// `!wide` on it, one takes twice the room, with `!broken` it breaks.
#pragma once

#include <sluice/nn_backend.h>

#include <cstddef>
#include <cstdint>

namespace sluice::nn::testing {

sluice_nn_status fake_projector_open(sluice_nn_model* /*model*/, const char* path, std::uint32_t /*threads*/,
                                     sluice_nn_projector** projector, sluice_nn_error* error);
void fake_projector_close(sluice_nn_projector* projector);
sluice_nn_status fake_mixed_open(const sluice_nn_projector* /*projector*/, const sluice_nn_text* texts,
                                 const sluice_nn_text* images, std::size_t count, int /*parse_special*/,
                                 sluice_nn_mixed_prompt** prompt, sluice_nn_error* error);
void fake_mixed_close(sluice_nn_mixed_prompt* prompt);
int fake_mixed_stretch(const sluice_nn_mixed_prompt* prompt, std::size_t index, sluice_nn_stretch* stretch);
sluice_nn_status fake_mixed_decode(sluice_nn_context* context, const sluice_nn_mixed_prompt* prompt,
                                   std::size_t index, std::int32_t sequence, std::int32_t position,
                                   sluice_nn_error* error);

}  // namespace sluice::nn::testing
