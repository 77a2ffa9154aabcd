// A model file that is loaded: weights, vocabulary, chat template.
#pragma once

#include <llama.h>

#include <cstdint>
#include <memory>
#include <string>

#include "chat.h"
#include "common/result.h"
#include "gguf_file.h"
#include "vocabulary.h"

struct sluice_nn_model {
  struct Free {
    void operator()(llama_model* model) const { llama_model_free(model); }
  };
  std::unique_ptr<llama_model, Free> model;
  sluice::backends::ggml::GgufFile file;
  bool gpu = false;  // some of it may be computed by a device
  bool has_weights = true;
  const llama_vocab* vocab = nullptr;
  // Made from the vocabulary once; used by every sampler.
  std::unique_ptr<const sluice::backends::Vocabulary> vocabulary;
  sluice::backends::ggml::ChatTemplates templates;
};

namespace sluice::backends::ggml {

// NOT_FOUND, CORRUPT, NO_MEMORY, STOPPED, UNSUPPORTED.
[[nodiscard]] Result<std::unique_ptr<sluice_nn_model>> open_model(const std::string& path,
                                                                  const sluice_nn_model_options& options);
void fill_info(const sluice_nn_model& model, sluice_nn_model_info& info);
// JSON for people, see the header of plug-ins.
[[nodiscard]] std::string describe(const sluice_nn_model& model);

// Of the context's memory for one token, all layers, at 16 bits a value.
[[nodiscard]] std::uint64_t bytes_per_token(const llama_model* model);

// A value of the file's header as text; empty: it has none.
[[nodiscard]] std::string metadata(const llama_model* model, const std::string& key);

}  // namespace sluice::backends::ggml
