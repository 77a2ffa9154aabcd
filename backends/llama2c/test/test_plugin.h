// The plug-in as a worker loads it, with checkpoints made for the test.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/nn_backend.h"
#include "weights.h"

namespace sluice::backends::llama2c::test {

// Ends the test program if it cannot be loaded.
const sluice_nn_backend_table& plugin();
const sluice_nn_llm& llm();

struct CloseModel {
  void operator()(sluice_nn_model* model) const { llm().model_close(model); }
};
struct CloseContext {
  void operator()(sluice_nn_context* context) const { llm().context_close(context); }
};
struct CloseSampler {
  void operator()(sluice_nn_sampler* sampler) const { llm().sampler_close(sampler); }
};
using Model = std::unique_ptr<sluice_nn_model, CloseModel>;
using Context = std::unique_ptr<sluice_nn_context, CloseContext>;
using Sampler = std::unique_ptr<sluice_nn_sampler, CloseSampler>;

// What a call said: its status and, if it failed, why.
struct Said {
  sluice_nn_status status = SLUICE_NN_OK;
  std::string text;
};

// A folder that is gone after the test.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string path(std::string_view name) const { return (path_ / name).string(); }
  // The path of what was written.
  std::string write(std::string_view name, std::string_view bytes) const;

 private:
  std::filesystem::path path_;
};

Said try_open(const std::string& path, Model& model, const sluice_nn_model_options& options = {});
// From these bytes and a tokenizer for `vocabulary`.
Model open_bytes(std::string_view bytes, std::int32_t vocabulary);
sluice_nn_model_info info_of(sluice_nn_model* model);

sluice_nn_context_options small_context();
Context make_context(sluice_nn_model* model, const sluice_nn_context_options& options = small_context());

using Logits = std::vector<float>;
Said try_decode(sluice_nn_context* context, const std::vector<sluice_nn_item>& items);
// Puts tokens into a sequence from `position` on: the logits after each.
std::vector<Logits> feed(sluice_nn_model* model, sluice_nn_context* context,
                         const std::vector<std::int32_t>& tokens, std::int32_t sequence = 0,
                         std::int32_t position = 0);

enum class Begin : std::uint8_t { with_token, plain };
std::vector<std::int32_t> tokens_of(sluice_nn_model* model, std::string_view text, Begin begin = Begin::plain,
                                    int parse_special = 0);
std::string text_of(sluice_nn_model* model, const std::vector<std::int32_t>& tokens, int special = 0);
std::string described(sluice_nn_model* model);

inline sluice_nn_text text(std::string_view of) {
  return {of.data(), of.size()};
}
sluice_nn_sink into(std::string& out);
// The same numbers in every run.
inline std::mt19937 seeded(unsigned seed) {
  return std::mt19937(seed);
}
// Some tokens of the vocabulary.
std::vector<std::int32_t> some_tokens(std::size_t count, unsigned seed, std::int32_t vocabulary);

}  // namespace sluice::backends::llama2c::test
