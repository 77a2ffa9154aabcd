// Language and embedding models as WASI-NN has them: input 0 is a prompt, input 1 options; output 0 is a text
// (or, of an embedding model, JSON), output 1 JSON with numbers.
#pragma once

#include <memory>

#include "wasi_nn/graph.h"
#include "wasi_nn/language.h"
#include "wasi_nn/messages.h"

namespace sluice::wasi_nn {

[[nodiscard]] std::unique_ptr<Graph> make_llm_graph(std::shared_ptr<Language> language, Tell tell);

}  // namespace sluice::wasi_nn
