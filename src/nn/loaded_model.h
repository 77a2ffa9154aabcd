// A model that a plug-in has read, and what is asked of it besides computing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "nn/chat.h"
#include "nn/plugin.h"
#include "nn/protocol.h"

namespace sluice::nn {

// How much is computed together. All are at least 1.
struct EngineSettings {
  std::uint32_t request_tokens = 0;  // prompt and answer of one request
  std::uint32_t total_tokens = 0;    // of the context that all requests and kept prefixes share
  bool separate = false;             // there is room for each request to have its own part of them
  std::uint32_t parallel = 16;
  std::uint32_t threads = 1;
  std::uint32_t queue_max = 1024;
  std::uint32_t batch_tokens = 512;
  // Batches of so many tokens compute each as if it were alone; 0: it is not known which do.
  std::uint32_t steady_least = 0;
  std::uint32_t steady_most = 0;
  // From so many tokens on, more of them at once are not computed faster each.
  std::uint32_t busy_least = 512;
  // Tokens are computed in blocks of so many, large ones first; 0: it is not known.
  std::uint32_t block = 0;
  std::uint32_t block_large = 0;
};

// How answers are drawn where the request does not say: what the model's file advises, else these.
struct SamplingDefaults {
  float temperature = 0.8F;
  float top_p = 0.95F;
  float min_p = 0.05F;
  std::uint32_t top_k = 40;
};

enum class SpecialTokens : std::uint8_t { as_text, recognized };  // names of special tokens in a text

// Does not change: any thread may use it.
class LoadedModel {
 public:
  // The names that its files are read under; for people they are those of the message.
  struct Opened {
    std::string model;
    std::string projector;  // empty: there is none
    std::uint64_t projector_bytes = 0;
  };
  // Errors of the plug-in, and `limit`: it needs more memory than there is; `invalid_input`: it cannot be
  // shown images.
  [[nodiscard]] static Result<LoadedModel> open(const sluice_nn_llm& llm, const OpenMessage& message,
                                                const Opened& opened);

  [[nodiscard]] const sluice_nn_llm& llm() const { return *llm_; }
  [[nodiscard]] sluice_nn_model* handle() const { return handle_.get(); }
  // Null: it is shown no images.
  [[nodiscard]] const sluice_nn_projector* projector() const { return projector_.get(); }
  [[nodiscard]] const ModelInfo& info() const { return info_; }
  [[nodiscard]] const EngineSettings& settings() const { return settings_; }
  [[nodiscard]] const SamplingDefaults& sampling() const { return sampling_; }
  [[nodiscard]] const std::string& name() const { return info_.name; }
  // For errors: "ask the model NAME".
  [[nodiscard]] std::string asked() const;
  [[nodiscard]] std::uint32_t vocabulary() const { return vocabulary_; }

  // `begin`: with the tokens that begin (and end) a text for this model.
  enum class Ends : std::uint8_t { none, begin };
  [[nodiscard]] Result<std::vector<std::int32_t>> tokenize(std::string_view text, Ends ends,
                                                           SpecialTokens special) const;
  // The bytes of a token; may be a part of a character. Special tokens have none, unless their names are
  // wanted.
  enum class Names : std::uint8_t { none, wanted };
  [[nodiscard]] std::string piece(std::int32_t token, Names names) const;

 private:
  LoadedModel() = default;
  const sluice_nn_llm* llm_ = nullptr;
  Status open_projector(const OpenMessage& message, const Opened& opened);

  ModelHandle handle_;
  ProjectorHandle projector_;
  ModelInfo info_;
  EngineSettings settings_;
  SamplingDefaults sampling_;
  std::uint32_t vocabulary_ = 0;
};

}  // namespace sluice::nn
