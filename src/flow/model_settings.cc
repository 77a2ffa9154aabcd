#include "flow/model_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace sluice::flow {

void ModelSettings::apply(nn::ModelSpec& spec) const {
  // All are within 32 bits: see model_settings.
  const auto small = [](std::uint64_t number) { return static_cast<std::uint32_t>(number); };
  if (context_tokens) spec.context_tokens = small(*context_tokens);
  if (parallel) spec.parallel = small(*parallel);
  if (threads) spec.threads = small(*threads);
  if (gpu_layers) spec.gpu_layers = static_cast<std::int32_t>(*gpu_layers);
  if (queue) spec.queue_max = small(*queue);
  if (timeout_s) spec.timeout = std::chrono::seconds(*timeout_s);
  if (memory_mib) spec.memory_mib = *memory_mib;
}

ModelSettings read_model_settings(TomlTable& table) {
  ModelSettings settings;
  for (const ModelSetting& setting : model_settings) {
    settings.*setting.field = table.number(setting.name, setting.min, setting.max);
  }
  return settings;
}

ModelFile read_model_file(TomlTable& table) {
  static const std::vector<std::string> backends = {"ggml",    "llama2c",    "openvino", "onnx",
                                                    "pytorch", "tensorflow", "tflite"};
  Problems& problems = table.problems();
  ModelFile file;
  if (auto backend = table.text("backend", Need::required)) {
    if (std::ranges::find(backends, backend->value) == backends.end()) {
      problems.add(backend->at, fmt::format("`{}` is not a backend", backend->value),
                   suggest(backend->value, backends));
    }
    file.backend = std::move(*backend);
  }
  if (auto path = table.text("path", Need::required)) file.path = std::move(*path);
  if (auto sum = table.text("sha256", Need::required)) {
    const bool hex = std::ranges::all_of(
        sum->value, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (!hex || sum->value.size() != 64)
      problems.add(sum->at, "expected 64 hexadecimal digits in lower case");
    file.sha256 = std::move(*sum);
  }
  return file;
}

}  // namespace sluice::flow
