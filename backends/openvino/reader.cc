#include "reader.h"

#include <istream>
#include <spanstream>
#include <string>

#include "common/onnx_file.h"
#include "common/onnx_graph.h"
#include "common/tflite_file.h"
#include "ir.h"
#include "reason.h"
#include "unnamed_file.h"

namespace sluice::openvino {
namespace {

using backends::failed;
using backends::PartBytes;
using backends::Result;

std::string doing(const sluice_nn_part& part, const char* what) {
  return "cannot read " + backends::name_of(part) + " as " + what;
}

Result<ReadModel> converted(const ov::frontend::FrontEnd& front_end,
                            const ov::frontend::InputModel::Ptr& loaded) {
  return ReadModel{front_end.convert(loaded), std::nullopt};
}

// The front end takes nothing that is called otherwise. It looks at the end of the text, the system at no
// more than what comes before the zero.
std::string named_tflite(std::string path) {
  constexpr std::string_view suffix = ".tflite";
  if (path.ends_with(suffix)) return path;
  path += '\0';
  return path.append(suffix);
}

template <typename T>
Result<T> flattened(Result<Result<T>> nested) {
  if (!nested) return std::unexpected(nested.error());
  return std::move(*nested);
}

}  // namespace

Result<ReadModel> Reader::read_ir(std::span<const sluice_nn_part> parts) {
  if (auto right = backends::need_parts(parts, 1, 2, "two, a network as XML and its weights"); !right)
    return std::unexpected(right.error());
  auto xml = PartBytes::read(parts[0]);
  if (!xml) return std::unexpected(xml.error());
  if (!is_xml(xml->text()))
    return failed(SLUICE_NN_CORRUPT, doing(parts[0], "a network in XML: it is no XML"));
  std::optional<PartBytes> weights;
  if (parts.size() > 1) {
    auto bytes = PartBytes::read(parts[1]);
    if (!bytes) return std::unexpected(bytes.error());
    weights = std::move(*bytes);
  }
  if (auto alone = need_no_other_weights(); !alone) return std::unexpected(alone.error());
  return attempt(SLUICE_NN_CORRUPT, doing(parts[0], "a network in XML"), [&] {
    const auto front_end = front_ends_.load_by_framework("ir");
    auto model = read_network(*front_end, xml->text(), weights ? &*weights : nullptr);
    return ReadModel{std::move(model), std::move(weights)};
  });
}

Result<ReadModel> Reader::read_onnx(std::span<const sluice_nn_part> parts) {
  if (auto right = backends::need_parts(parts, 1, 1, "one"); !right) return std::unexpected(right.error());
  const sluice_nn_part& part = parts[0];
  auto bytes = PartBytes::read(part);
  if (!bytes) return std::unexpected(bytes.error());
  const auto allowed = part.path == nullptr ? backends::Outside::none : backends::Outside::beside;
  if (auto fine = backends::check_onnx(bytes->text(), allowed); !fine) return std::unexpected(fine.error());
  if (auto fine = backends::check_onnx_graph(bytes->text()); !fine) return std::unexpected(fine.error());
  return flattened(attempt(SLUICE_NN_CORRUPT, doing(part, "ONNX"), [&] {
    const auto front_end = front_ends_.load_by_framework("onnx");
    if (part.path != nullptr) return converted(*front_end, front_end->load(std::string(part.path)));
    std::ispanstream stream(std::span(bytes->text().data(), bytes->size()));
    return converted(*front_end, front_end->load(static_cast<std::istream*>(&stream)));
  }));
}

Result<ReadModel> Reader::read_tflite(std::span<const sluice_nn_part> parts) {
  if (auto right = backends::need_parts(parts, 1, 1, "one"); !right) return std::unexpected(right.error());
  auto bytes = PartBytes::read(parts[0]);
  if (!bytes) return std::unexpected(bytes.error());
  if (auto fine = backends::check_tflite(bytes->text()); !fine) return std::unexpected(fine.error());
  std::optional<UnnamedFile> file;
  if (parts[0].path == nullptr) {
    auto made = UnnamedFile::make(bytes->text());
    if (!made) return std::unexpected(made.error());
    file.emplace(std::move(*made));
  }
  return flattened(attempt(SLUICE_NN_CORRUPT, doing(parts[0], "TensorFlow Lite"), [&] {
    const auto front_end = front_ends_.load_by_framework("tflite");
    return converted(*front_end, front_end->load(named_tflite(file ? file->path() : parts[0].path)));
  }));
}

Result<ReadModel> Reader::read(std::span<const sluice_nn_part> parts, std::string_view format) {
  if (format == "onnx") return read_onnx(parts);
  if (format == "tflite") return read_tflite(parts);
  return read_ir(parts);
}

void Reader::warm_up(std::string_view format) {
  front_ends_.load_by_framework(format == "openvino" ? "ir" : std::string(format));
}

}  // namespace sluice::openvino
