#include "nn/formats.h"

#include <algorithm>
#include <array>

namespace sluice::nn {

namespace {

struct Row {
  Format format;
  std::string_view encoding;  // of --nn-preload
  std::string_view name;      // of the plug-in header
  std::string_view backend;
};

// TensorFlow Lite is read by OpenVINO's front end.
constexpr std::array rows{
    Row{Format::openvino, "openvino", "openvino", "openvino"},
    Row{Format::onnx, "onnx", "onnx", "onnx"},
    Row{Format::tensorflow, "tensorflow", "tensorflow", "tensorflow"},
    Row{Format::pytorch, "pytorch", "pytorch", "pytorch"},
    Row{Format::tflite, "tensorflowlite", "tflite", "openvino"},
    Row{Format::ggml, "ggml", "ggml", "ggml"},
    Row{Format::llama2c, "llama2c", "llama2c", "llama2c"},
};

const Row& row_of(Format format) {
  return *std::ranges::find(rows, format, &Row::format);
}

}  // namespace

std::optional<Format> format_of_number(std::uint32_t encoding) {
  constexpr std::array<std::optional<Format>, 7> numbers{Format::openvino, Format::onnx,   Format::tensorflow,
                                                         Format::pytorch,  Format::tflite, std::nullopt,
                                                         Format::ggml};
  return encoding < numbers.size() ? numbers[encoding] : std::nullopt;
}

std::optional<Format> format_of_name(std::string_view encoding) {
  if (encoding == "tflite") return Format::tflite;
  const auto* const found = std::ranges::find(rows, encoding, &Row::encoding);
  return found == rows.end() ? std::nullopt : std::optional(found->format);
}

std::optional<Format> format_of_content(std::string_view beginning, std::string_view path, bool is_folder) {
  if (is_folder) return Format::tensorflow;
  if (beginning.starts_with("GGUF")) return Format::ggml;
  if (beginning.starts_with("24ka")) return Format::llama2c;  // "ak42", little endian
  if (beginning.substr(0, 8).ends_with("TFL3")) return Format::tflite;
  if (beginning.starts_with("PK\x03\x04")) return Format::pytorch;
  // Fields of protocol buffers: the version of ONNX's format, which comes first.
  const bool is_checkpoint = path.ends_with(".bin");  // of llama2.c, which begins with a small number, too
  if (!is_checkpoint && beginning.size() > 2 && beginning[0] == '\x08' && beginning[1] < '\x20')
    return Format::onnx;
  if (beginning.starts_with("<?xml") || beginning.starts_with("<net")) return Format::openvino;
  struct Ending {
    std::string_view text;
    Format format;
  };
  constexpr std::array endings{Ending{".onnx", Format::onnx},    Ending{".pb", Format::tensorflow},
                               Ending{".pt", Format::pytorch},   Ending{".pth", Format::pytorch},
                               Ending{".xml", Format::openvino}, Ending{".tflite", Format::tflite},
                               Ending{".gguf", Format::ggml},    Ending{".bin", Format::llama2c}};
  for (const Ending& ending : endings) {
    if (path.ends_with(ending.text)) return ending.format;
  }
  return std::nullopt;
}

std::string_view name_within(Format format, std::string_view beginning, std::string_view path) {
  if (format != Format::openvino) return name_of(format);
  const auto found = format_of_content(beginning, path, false);
  const bool is_read_too = found == Format::onnx || found == Format::tflite;
  return name_of(is_read_too ? *found : format);
}

std::string_view name_of(Format format) {
  return row_of(format).name;
}
std::string_view backend_of(Format format) {
  return row_of(format).backend;
}
bool is_language(Format format) {
  return format == Format::ggml || format == Format::llama2c;
}

}  // namespace sluice::nn
