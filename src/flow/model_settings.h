// The settings of a model, as manifests and catalogues write them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "flow/toml_table.h"
#include "nn/models.h"

namespace sluice::flow {

// Absent: what nn::ModelSpec says.
struct ModelSettings {
  std::optional<std::uint64_t> context_tokens;
  std::optional<std::uint64_t> parallel;
  std::optional<std::uint64_t> threads;
  std::optional<std::uint64_t> gpu_layers;
  std::optional<std::uint64_t> queue;
  std::optional<std::uint64_t> timeout_s;
  std::optional<std::uint64_t> memory_mib;

  void apply(nn::ModelSpec& spec) const;
};

// One setting by name, with its accepted range.
struct ModelSetting {
  std::string_view name;
  std::optional<std::uint64_t> ModelSettings::* field;
  std::uint64_t min;
  std::uint64_t max;
};

inline constexpr std::array model_settings = {
    ModelSetting{"context-tokens", &ModelSettings::context_tokens, 64, 16'777'216},
    ModelSetting{"parallel", &ModelSettings::parallel, 1, 64},
    ModelSetting{"threads", &ModelSettings::threads, 1, 1024},
    ModelSetting{"gpu-layers", &ModelSettings::gpu_layers, 0, 100'000},
    ModelSetting{"queue", &ModelSettings::queue, 1, 1'000'000},
    ModelSetting{"timeout-s", &ModelSettings::timeout_s, 1, 604'800},
    ModelSetting{"memory-mib", &ModelSettings::memory_mib, 16, 16'777'216},
};

[[nodiscard]] ModelSettings read_model_settings(TomlTable& table);

// Where the model's file is and which it has to be.
struct ModelFile {
  Located<std::string> backend;
  Located<std::string> path;
  Located<std::string> sha256;
};

// `backend`, `path` and `sha256`. Whether the path may leave its folder is the caller's to say.
[[nodiscard]] ModelFile read_model_file(TomlTable& table);

}  // namespace sluice::flow
