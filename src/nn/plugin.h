// A backend's shared object, loaded, and owners for what its functions hand out.
#pragma once

#include <sluice/nn_backend.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace sluice::nn {

using PluginLog = void (*)(int level, const char* line, std::size_t size);

// Where the plug-in of a backend lies.
[[nodiscard]] std::filesystem::path plugin_path(const std::filesystem::path& backends, std::string_view name);

// not_found: it isn't there; says how it is installed.
[[nodiscard]] Status check_plugin(const std::filesystem::path& path);

// Loads a plug-in; it stays in the process. not_found (says how it is installed), or invalid_input: no
// plug-in, one for another version of Sluice, one without what is wanted.
[[nodiscard]] Result<const sluice_nn_llm*> load_plugin(const std::filesystem::path& path, PluginLog log);
[[nodiscard]] Result<const sluice_nn_tensors*> load_tensor_plugin(const std::filesystem::path& path,
                                                                  PluginLog log);

// Whether its models can be shown images.
[[nodiscard]] bool shows_images(const sluice_nn_llm& llm);

// What a failed function means to the one who asked.
[[nodiscard]] Error plugin_error(sluice_nn_status status, const sluice_nn_error& error, std::string what);

// A plug-in's words about a file that it knows by the name `opened`, with the name that people know it by.
[[nodiscard]] std::string with_name(std::string words, std::string_view opened, std::string_view name);

[[nodiscard]] inline sluice_nn_text plugin_text(std::string_view text) {
  return {text.data(), text.size()};
}

// Collects what a function writes.
class TextSink {
 public:
  [[nodiscard]] sluice_nn_sink sink() {
    return {[](void* self, const char* data, std::size_t size) {
              static_cast<std::string*>(self)->append(data, size);
            },
            &text_};
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct PluginClose {
  const sluice_nn_llm* llm = nullptr;
  void operator()(sluice_nn_model* model) const { llm->model_close(model); }
  void operator()(sluice_nn_context* context) const { llm->context_close(context); }
  void operator()(sluice_nn_sampler* sampler) const { llm->sampler_close(sampler); }
  void operator()(sluice_nn_projector* projector) const { llm->projector_close(projector); }
  void operator()(sluice_nn_mixed_prompt* prompt) const { llm->mixed_close(prompt); }
};

using ModelHandle = std::unique_ptr<sluice_nn_model, PluginClose>;
using ContextHandle = std::unique_ptr<sluice_nn_context, PluginClose>;
using SamplerHandle = std::unique_ptr<sluice_nn_sampler, PluginClose>;
using ProjectorHandle = std::unique_ptr<sluice_nn_projector, PluginClose>;
using MixedHandle = std::unique_ptr<sluice_nn_mixed_prompt, PluginClose>;

}  // namespace sluice::nn
