// Language and embedding models as WASI-NN has them: input 0 is a prompt, input 1 options; output 0 is a text
// (or, of an embedding model, JSON), output 1 JSON with numbers.
#pragma once

#include <functional>
#include <memory>

#include "nn/language_model.h"
#include "nn/models.h"
#include "wasi_nn/graph.h"
#include "wasi_nn/llm_options.h"
#include "wasi_nn/messages.h"

namespace sluice::wasi_nn {

// The model with the options' settings; one with the same settings as another is the same engine. It stays as
// long as the pointer.
using OpenLlm = std::function<Result<std::shared_ptr<nn::LanguageModel>>(const LlmOptions&)>;

[[nodiscard]] std::unique_ptr<Graph> make_llm_graph(OpenLlm open, Tell tell);

}  // namespace sluice::wasi_nn
