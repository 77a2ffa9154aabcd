#include "common/onnx_file.h"

#include <algorithm>
#include <optional>
#include <string>

#include "common/wire.h"

namespace sluice::backends {
namespace {

// Messages within messages: how deep. Subgraphs of subgraphs, mostly.
constexpr int depth_max = 100;

enum class Kind : std::uint8_t { model, graph, node, attribute, tensor, sparse, function, training };

struct Child {
  Kind parent;
  std::uint32_t field;
  Kind kind;
};

// Where tensors can be, of what onnx.proto describes.
constexpr Child children[] = {
    {Kind::model, 7, Kind::graph},         {Kind::model, 20, Kind::training},
    {Kind::model, 25, Kind::function},     {Kind::training, 1, Kind::graph},
    {Kind::training, 2, Kind::graph},      {Kind::function, 7, Kind::node},
    {Kind::function, 11, Kind::attribute}, {Kind::graph, 1, Kind::node},
    {Kind::graph, 5, Kind::tensor},        {Kind::graph, 15, Kind::sparse},
    {Kind::node, 5, Kind::attribute},      {Kind::attribute, 5, Kind::tensor},
    {Kind::attribute, 6, Kind::graph},     {Kind::attribute, 10, Kind::tensor},
    {Kind::attribute, 11, Kind::graph},    {Kind::attribute, 22, Kind::sparse},
    {Kind::attribute, 23, Kind::sparse},   {Kind::sparse, 1, Kind::tensor},
    {Kind::sparse, 2, Kind::tensor},
};

constexpr std::uint32_t model_version_field = 1;
constexpr std::uint32_t model_graph_field = 7;
constexpr std::uint32_t tensor_external_data = 13;
constexpr std::uint32_t tensor_data_location = 14;

std::optional<Kind> child_of(Kind parent, std::uint32_t field) {
  for (const Child& child : children) {
    if (child.parent == parent && child.field == field) return child.kind;
  }
  return std::nullopt;
}

std::unexpected<Failed> no_onnx() {
  return failed(SLUICE_NN_CORRUPT, "this is no ONNX file, or it is damaged");
}

bool is_beside(std::string_view location) {
  if (location.empty() || location.front() == '/' || location.find('\0') != location.npos) return false;
  while (!location.empty()) {
    const std::size_t end = std::min(location.find_first_of("/\\"), location.size());
    const std::string_view part = location.substr(0, end);
    // "*" begins what ONNX Runtime takes for an address in memory.
    if (part == ".." || part.starts_with('*')) return false;
    location.remove_prefix(std::min(end + 1, location.size()));
  }
  return true;
}

// A pair of a key and a value about a tensor's data elsewhere.
Result<void> check_external(std::string_view pair, Outside allowed) {
  if (allowed == Outside::none)
    return failed(
        SLUICE_NN_INVALID,
        "the network keeps weights in another file, which one that is given as bytes can't: save it "
        "as one file, or load it by its path");
  std::string_view key;
  std::string_view value;
  Wire wire(pair);
  while (const auto field = wire.next()) {
    if (field->number == 1) key = field->bytes;
    if (field->number == 2) value = field->bytes;
  }
  if (wire.broken()) return no_onnx();
  if (key == "location" && !is_beside(value))
    return failed(SLUICE_NN_INVALID, "the network keeps weights in '" + std::string(value.substr(0, 200)) +
                                         "', which is not in its own folder: move that file there");
  return {};
}

Result<void> check(std::string_view message, Kind kind, Outside allowed, int depth) {
  if (depth > depth_max) return no_onnx();
  Wire wire(message);
  while (const auto field = wire.next()) {
    if (kind == Kind::tensor) {
      const bool elsewhere = field->number == tensor_external_data ||
                             (field->number == tensor_data_location && field->value != 0);
      if (!elsewhere) continue;
      if (auto fine = check_external(field->bytes, allowed); !fine) return fine;
    } else if (const auto child = child_of(kind, field->number); child && field->is_bytes) {
      if (auto fine = check(field->bytes, *child, allowed, depth + 1); !fine) return fine;
    }
  }
  if (wire.broken()) return no_onnx();
  return {};
}

}  // namespace

Result<void> check_onnx(std::string_view model, Outside allowed) {
  bool has_version = false;
  bool has_graph = false;
  Wire wire(model);
  while (const auto field = wire.next()) {
    has_version = has_version || field->number == model_version_field;
    has_graph = has_graph || (field->number == model_graph_field && field->is_bytes);
  }
  if (wire.broken() || !has_version || !has_graph) return no_onnx();
  return check(model, Kind::model, allowed, 0);
}

}  // namespace sluice::backends
