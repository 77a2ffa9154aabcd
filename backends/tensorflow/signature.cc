#include "signature.h"

#include <algorithm>
#include <utility>

#include "common/wire.h"

// Numbers of fields are those of meta_graph.proto and tensor_shape.proto.
namespace sluice::tensorflow {
namespace {

using backends::Wire;

// An entry of a map: its key and the message that is its value.
std::pair<std::string_view, std::string_view> entry_of(std::string_view message) {
  std::pair<std::string_view, std::string_view> entry;
  Wire wire(message);
  while (const auto field = wire.next()) {
    if (field->number == 1) entry.first = field->bytes;
    if (field->number == 2) entry.second = field->bytes;
  }
  return entry;
}

std::int64_t dim_of(std::string_view message) {
  std::int64_t size = 0;
  Wire wire(message);
  while (const auto field = wire.next()) {
    if (field->number == 1) size = static_cast<std::int64_t>(field->value);
  }
  return std::max<std::int64_t>(size, -1);
}

std::optional<std::vector<std::int64_t>> dims_of(std::string_view shape) {
  std::vector<std::int64_t> dims;
  bool known = true;
  Wire wire(shape);
  while (const auto field = wire.next()) {
    if (field->number == 2) dims.push_back(dim_of(field->bytes));
    if (field->number == 3) known = field->value == 0;
  }
  if (!known) return std::nullopt;
  return dims;
}

SignatureTensor tensor_of(std::string_view message) {
  SignatureTensor tensor;
  Wire wire(message);
  while (const auto field = wire.next()) {
    if (field->number == 1) tensor.tensor = field->bytes;
    if (field->number == 3) tensor.dims = dims_of(field->bytes);
  }
  return tensor;
}

Signature signature_of(std::string_view message) {
  Signature signature;
  Wire wire(message);
  while (const auto field = wire.next()) {
    if (field->number != 1 && field->number != 2) continue;
    const auto [key, value] = entry_of(field->bytes);
    (field->number == 1 ? signature.inputs : signature.outputs)[std::string(key)] = tensor_of(value);
  }
  return signature;
}

}  // namespace

std::optional<Signature> find_signature(std::string_view meta_graph, std::string_view name) {
  std::optional<Signature> found;
  Wire wire(meta_graph);
  while (const auto field = wire.next()) {
    if (field->number != 5) continue;
    const auto [key, value] = entry_of(field->bytes);
    if (key == name) found = signature_of(value);
  }
  return found;
}

}  // namespace sluice::tensorflow
