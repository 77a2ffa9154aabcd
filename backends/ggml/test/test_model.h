// The plug-in as a worker loads it, and the models that script/bootstrap has put into .deps, for tests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/nn_backend.h"

namespace sluice::backends::ggml::test {

// Ends the test program if it cannot be loaded.
const sluice_nn_llm& llm();

// Paths of the models; a test that needs one that is missing fails.
std::string smollm();
std::string minilm();

struct CloseModel {
  void operator()(sluice_nn_model* model) const;
};
struct CloseContext {
  void operator()(sluice_nn_context* context) const;
};
struct CloseSampler {
  void operator()(sluice_nn_sampler* sampler) const;
};
using Model = std::unique_ptr<sluice_nn_model, CloseModel>;
using Context = std::unique_ptr<sluice_nn_context, CloseContext>;
using Sampler = std::unique_ptr<sluice_nn_sampler, CloseSampler>;

// What a call said: its status and, if it failed, why.
struct Said {
  sluice_nn_status status = SLUICE_NN_OK;
  std::string text;
};

Said try_open(const std::string& path, Model& model);
// Loaded once for all tests.
sluice_nn_model* chat_model();
sluice_nn_model* embedding_model();

Context make_context(sluice_nn_model* model, sluice_nn_context_options options);
sluice_nn_context_options small_context();

std::vector<std::int32_t> tokens_of(sluice_nn_model* model, std::string_view text, int add_special = 0,
                                    int parse_special = 0);
std::string text_of(sluice_nn_model* model, const std::vector<std::int32_t>& tokens);
std::size_t vocabulary_size(sluice_nn_model* model);

inline sluice_nn_text text(std::string_view of) {
  return {of.data(), of.size()};
}
// Collects what a sink is given.
sluice_nn_sink into(std::string& out);

// Nothing but the most likely token.
sluice_nn_sampling greedy();
Said make_sampler(const sluice_nn_sampling& sampling, Sampler& sampler);

// Whether the sampler draws `token` when the model wants nothing else; `other` is its second choice.
bool would_draw(sluice_nn_sampler* sampler, std::int32_t token, std::int32_t other);
std::int32_t end_token();

// What becomes of a model that wants to say `answer`: it may, it may as far as this, it may not.
enum class Fate : std::uint8_t { whole, beginning, refused };
Fate fate_of(const sluice_nn_sampling& sampling, std::string_view answer);

// Puts tokens into a sequence from `position` on. The logits of the last one, by a context of `model`.
std::vector<float> feed(sluice_nn_context* context, const std::vector<std::int32_t>& tokens,
                        std::int32_t sequence, std::int32_t position, sluice_nn_model* model = chat_model());
// Draws up to `count` tokens of an answer to what is in the sequence.
std::vector<std::int32_t> generate(sluice_nn_context* context, sluice_nn_sampler* sampler,
                                   std::vector<float> logits, std::int32_t sequence, std::int32_t position,
                                   int count);

}  // namespace sluice::backends::ggml::test
