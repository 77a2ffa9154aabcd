#include "model.h"

#include <ggml-backend.h>

#include <build-info.h>
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "common/memory.h"
#include "log.h"

namespace sluice::backends::ggml {
namespace {

struct Progress {
  const sluice_nn_model_options* options;
  bool stopped = false;
};

bool on_progress(float done, void* self) {
  auto& progress = *static_cast<Progress*>(self);
  const auto& options = *progress.options;
  if (options.progress != nullptr && options.progress(options.progress_self, done) == 0)
    progress.stopped = true;
  return !progress.stopped;
}

bool has_device() {
  for (std::size_t i = 0; i < ggml_backend_dev_count(); ++i) {
    const auto type = ggml_backend_dev_type(ggml_backend_dev_get(i));
    if (type == GGML_BACKEND_DEVICE_TYPE_GPU || type == GGML_BACKEND_DEVICE_TYPE_IGPU) return true;
  }
  return false;
}

// The number in a header value; 0: none.
std::uint64_t number(const llama_model* model, const std::string& key) {
  const std::string text = metadata(model, key);
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool made_to_embed(const sluice_nn_model& model) {
  const std::string& architecture = model.file.architecture;
  return metadata(model.model.get(), architecture + ".attention.causal") == "false" ||
         number(model.model.get(), architecture + ".pooling_type") != LLAMA_POOLING_TYPE_NONE;
}

// What the file advises on sampling: numbers by our own names.
nlohmann::json sampling_advice(const llama_model* model) {
  constexpr std::array<std::pair<const char*, llama_model_meta_key>, 4> keys{{
      {"temperature", LLAMA_MODEL_META_KEY_SAMPLING_TEMP},
      {"top_p", LLAMA_MODEL_META_KEY_SAMPLING_TOP_P},
      {"min_p", LLAMA_MODEL_META_KEY_SAMPLING_MIN_P},
      {"top_k", LLAMA_MODEL_META_KEY_SAMPLING_TOP_K},
  }};
  nlohmann::json advice = nlohmann::json::object();
  for (const auto& [name, key] : keys) {
    const std::string text = metadata(model, llama_model_meta_key_str(key));
    double value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem == std::errc() && end == text.data() + text.size()) advice[name] = value;
  }
  return advice;
}

std::string devices() {
  std::string text;
  for (std::size_t i = 0; i < ggml_backend_dev_count(); ++i) {
    ggml_backend_dev_t device = ggml_backend_dev_get(i);
    if (!text.empty()) text += ", ";
    text += ggml_backend_dev_name(device);
    text += ": ";
    text += ggml_backend_dev_description(device);
  }
  return text;
}

}  // namespace

std::string metadata(const llama_model* model, const std::string& key) {
  const std::int32_t size = llama_model_meta_val_str(model, key.c_str(), nullptr, 0);
  if (size <= 0) return {};
  std::string text(static_cast<std::size_t>(size) + 1, '\0');
  llama_model_meta_val_str(model, key.c_str(), text.data(), text.size());
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::uint64_t bytes_per_token(const llama_model* model) {
  const auto layers = static_cast<std::uint64_t>(llama_model_n_layer(model));
  const auto heads = static_cast<std::uint64_t>(std::max(llama_model_n_head(model), 1));
  const auto heads_kv = static_cast<std::uint64_t>(std::max(llama_model_n_head_kv(model), 0));
  const auto head = static_cast<std::uint64_t>(llama_model_n_embd(model)) / heads;
  const std::string architecture = metadata(model, "general.architecture");
  const std::uint64_t key = number(model, architecture + ".attention.key_length");
  const std::uint64_t value = number(model, architecture + ".attention.value_length");
  constexpr std::uint64_t value_bytes = 2;
  return layers * heads_kv * ((key > 0 ? key : head) + (value > 0 ? value : head)) * value_bytes;
}

Result<std::unique_ptr<sluice_nn_model>> open_model(const std::string& path,
                                                    const sluice_nn_model_options& options) {
  auto file = check_gguf(path);
  if (!file) return std::unexpected(file.error());
  const bool gpu = options.gpu_layers != 0 && has_device();
  const std::uint64_t available = memory_available();
  const bool takes_memory = options.vocabulary_only == 0 && options.no_weights == 0;
  if (!gpu && takes_memory && file->file_bytes > available) {
    return failed(SLUICE_NN_NO_MEMORY, "the model '" + path + "' needs " + mebibytes(file->file_bytes) +
                                           " of memory and " + mebibytes(available) +
                                           " are free; use a smaller model or quantization");
  }
  Progress progress{&options};
  llama_model_params params = llama_model_default_params();
  params.n_gpu_layers = gpu ? options.gpu_layers : 0;
  params.vocab_only = options.vocabulary_only != 0;
  params.check_tensors = options.check_tensors != 0;
  if (options.no_weights != 0) {
    params.no_alloc = true;
    params.load_mode = LLAMA_LOAD_MODE_NONE;  // mapping would read what is not wanted
  }
  params.progress_callback = on_progress;
  params.progress_callback_user_data = &progress;

  const Complaints complaints;
  auto model = std::make_unique<sluice_nn_model>();
  model->model.reset(llama_model_load_from_file(path.c_str(), params));
  if (progress.stopped) return failed(SLUICE_NN_STOPPED, "loading the model '" + path + "' was stopped");
  if (model->model == nullptr) {
    return failed(SLUICE_NN_CORRUPT, "cannot load the model '" + path +
                                         "': " + complaints.text("llama.cpp refuses it without saying why"));
  }
  model->file = std::move(*file);
  model->gpu = gpu;
  model->has_weights = takes_memory;
  model->vocab = llama_model_get_vocab(model->model.get());
  model->vocabulary = vocabulary_of(model->vocab);
  model->templates = ChatTemplates::of(model->model.get());
  return model;
}

void fill_info(const sluice_nn_model& model, sluice_nn_model_info& info) {
  const llama_model* inner = model.model.get();
  info = {};
  info.context_trained = static_cast<std::uint32_t>(std::max(llama_model_n_ctx_train(inner), 0));
  info.vocabulary = static_cast<std::uint32_t>(llama_vocab_n_tokens(model.vocab));
  info.embedding = static_cast<std::uint32_t>(llama_model_n_embd_out(inner));
  info.layers = static_cast<std::uint32_t>(llama_model_n_layer(inner));
  info.is_embedding = made_to_embed(model) ? 1 : 0;
  info.has_chat_template = model.templates.present() ? 1 : 0;
  info.parameters = llama_model_n_params(inner);
  info.file_bytes = model.file.file_bytes;
  info.bytes_per_token = bytes_per_token(inner);
  if (!model.gpu) {
    info.busy_batch_least = 64;
    // Of ggml's products of matrices on the processor; seen in its times for 1 to 16 tokens.
    info.batch_block = 4;
    info.batch_block_large = 16;
  }
  // On the processor, attention is computed in tiles for 64 tokens and more, and in parts for a single one.
  // Filling up takes tokens back, which a recurrent model can't.
  if (model.gpu || llama_model_is_recurrent(inner) || llama_model_is_hybrid(inner)) return;
  info.steady_batch_least = 2;
  info.steady_batch_most = 63;
}

std::string describe(const sluice_nn_model& model) {
  const llama_model* inner = model.model.get();
  char description[256];
  llama_model_desc(inner, description, sizeof description);
  nlohmann::json json{
      {"description", description},
      {"architecture", model.file.architecture},
      {"quantization", llama_ftype_name(llama_model_ftype(inner))},
      {"devices", devices()},
      {"gpu", model.gpu},
      {"library_build", llama_build_number()},
      {"library_commit", llama_commit()},
      {"parts", model.file.parts},
      {"recurrent", llama_model_is_recurrent(inner) || llama_model_is_hybrid(inner)},
  };
  if (auto advice = sampling_advice(inner); !advice.empty()) json["sampling"] = std::move(advice);
  for (const char* key : {"name", "license", "author", "organization", "size_label", "version", "url"}) {
    if (std::string value = metadata(inner, std::string("general.") + key); !value.empty()) json[key] = value;
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace sluice::backends::ggml
