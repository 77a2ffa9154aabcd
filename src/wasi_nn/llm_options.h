// The options of a language model, as programs write them: WasmEdge's metadata, a JSON object.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nn/models.h"
#include "wasi_nn/errno.h"
#include "wasi_nn/messages.h"

namespace sluice::wasi_nn {

// Absent: what the table in docs/wasi-nn.md says.
struct LlmOptions {
  bool enable_log = false;
  bool enable_debug_log = false;
  bool stream_stdout = false;
  bool embedding = false;
  bool ignore_eos = false;
  std::int64_t n_predict = -1;  // negative: as many as fit
  std::uint32_t ctx_size = 0;   // 0: the model's
  std::uint32_t threads = 0;
  std::int32_t gpu_layers = -1;
  std::string reverse_prompt;
  std::string grammar;
  std::string json_schema;
  std::string mmproj;  // the projector: a name of --nn-preload, or a file of the program's folders
  std::string image;   // a file of the program's folders
  double temperature = 0.8;
  double top_p = 0.95;
  double min_p = 0.05;
  double repeat_penalty = 1;
  double presence_penalty = 0;
  double frequency_penalty = 0;
  std::uint32_t top_k = 40;
  std::optional<std::uint64_t> seed;

  // What `json` names is changed, nothing of it if something of it is wrong: invalid_encoding (no JSON
  // object), invalid_argument (a value of another type or out of range). Unknown keys are passed over.
  [[nodiscard]] Errno merge(std::string_view json, const Tell& tell);

  // Whether all of the model is to be as with `other`.
  [[nodiscard]] bool same_model_as(const LlmOptions& other) const;
  // The request for a prompt.
  [[nodiscard]] nn::TextRequest request(std::string prompt) const;
  // The model with the settings that belong to all of it.
  [[nodiscard]] nn::ModelSpec applied_to(nn::ModelSpec spec) const;
};

}  // namespace sluice::wasi_nn
