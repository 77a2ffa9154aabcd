// What a network's file is: by the number or name that somebody gave it, or by how it begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::nn {

enum class Format : std::uint8_t { openvino, onnx, tensorflow, pytorch, tflite, ggml, llama2c };

// WASI-NN's numbers: 0 OpenVINO, 1 ONNX, 2 TensorFlow, 3 PyTorch, 4 TensorFlow Lite, 6 GGML. Nothing: 5
// (autodetect), or one that nothing here reads.
[[nodiscard]] std::optional<Format> format_of_number(std::uint32_t encoding);
// The names of --nn-preload, in lower case, and of `backend` in manifests and catalogues.
[[nodiscard]] std::optional<Format> format_of_name(std::string_view encoding);
// By its first bytes and, where they say nothing, its name's ending. `is_folder`: of a SavedModel.
[[nodiscard]] std::optional<Format> format_of_content(std::string_view beginning, std::string_view path,
                                                      bool is_folder);

// What the plug-in of `format` is told about a network that begins so: OpenVINO reads ONNX and TensorFlow
// Lite, too.
[[nodiscard]] std::string_view name_within(Format format, std::string_view beginning, std::string_view path);

// As the plug-in header and the plug-ins have it.
[[nodiscard]] std::string_view name_of(Format format);
[[nodiscard]] std::string_view backend_of(Format format);
[[nodiscard]] bool is_language(Format format);

// The encodings that --nn-preload takes.
inline constexpr std::string_view encoding_names =
    "openvino, onnx, tensorflow, pytorch, tensorflowlite, ggml, llama2c, autodetect";

}  // namespace sluice::nn
