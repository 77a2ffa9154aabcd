#include "common/tensor.h"

#include <algorithm>
#include <utility>

namespace sluice::backends {
namespace {

const char* type_name(std::uint32_t type) {
  switch (type) {
    case SLUICE_NN_F16:
      return "f16";
    case SLUICE_NN_F32:
      return "f32";
    case SLUICE_NN_F64:
      return "f64";
    case SLUICE_NN_U8:
      return "u8";
    case SLUICE_NN_I32:
      return "i32";
    case SLUICE_NN_I64:
      return "i64";
    case SLUICE_NN_ANY_TYPE:
      return "any type";
    default:
      return "another type";
  }
}

Port port_of(std::string name, std::uint32_t type) {
  Port port{.name = std::move(name), .shape = {}};
  port.shape.type = type;
  return port;
}

bool fits(const sluice_nn_tensor& shape, const sluice_nn_tensor& tensor) {
  if (shape.type != SLUICE_NN_ANY_TYPE && shape.type != tensor.type) return false;
  if (shape.rank == SLUICE_NN_ANY_RANK) return true;
  if (shape.rank != tensor.rank) return false;
  return std::ranges::equal(dims_of(shape), dims_of(tensor),
                            [](std::int64_t open, std::int64_t given) { return open < 0 || open == given; });
}

}  // namespace

std::uint64_t element_bytes(std::uint32_t type) {
  switch (type) {
    case SLUICE_NN_F16:
      return 2;
    case SLUICE_NN_F32:
    case SLUICE_NN_I32:
      return 4;
    case SLUICE_NN_F64:
    case SLUICE_NN_I64:
      return 8;
    case SLUICE_NN_U8:
      return 1;
    default:
      return 0;
  }
}

std::optional<std::uint64_t> dense_bytes(const sluice_nn_tensor& tensor) {
  if (tensor.rank > SLUICE_NN_RANK_MAX) return std::nullopt;
  std::int64_t bytes = static_cast<std::int64_t>(element_bytes(tensor.type));
  for (const std::int64_t dim : dims_of(tensor)) {
    if (dim < 0 || __builtin_mul_overflow(bytes, dim, &bytes)) return std::nullopt;
  }
  return static_cast<std::uint64_t>(bytes);
}

std::string describe(const sluice_nn_tensor& tensor) {
  std::string text = type_name(tensor.type);
  if (tensor.rank > SLUICE_NN_RANK_MAX) return text + " of any shape";
  text += " [";
  for (const std::int64_t dim : dims_of(tensor)) {
    if (text.back() != '[') text += ", ";
    text += dim < 0 ? "?" : std::to_string(dim);
  }
  return text + "]";
}

Port make_port(std::string name, std::uint32_t type, std::span<const std::int64_t> dims) {
  if (dims.size() > SLUICE_NN_RANK_MAX) return make_port_of_any_rank(std::move(name), SLUICE_NN_OTHER_TYPE);
  Port port = port_of(std::move(name), type);
  port.shape.rank = static_cast<std::uint32_t>(dims.size());
  std::ranges::transform(dims, port.shape.dims,
                         [](std::int64_t dim) { return std::max<std::int64_t>(dim, -1); });
  return port;
}

Port make_port_of_any_rank(std::string name, std::uint32_t type) {
  Port port = port_of(std::move(name), type);
  port.shape.rank = SLUICE_NN_ANY_RANK;
  return port;
}

Result<sluice_nn_tensor> make_output(std::uint32_t index, std::uint32_t type,
                                     std::span<const std::int64_t> dims, const void* data) {
  const std::string name = "output " + std::to_string(index);
  if (element_bytes(type) == 0)
    return failed(
        SLUICE_NN_UNSUPPORTED,
        name + " is of a type that WASI-NN has no number for: let the network convert it to another");
  if (dims.size() > SLUICE_NN_RANK_MAX)
    return failed(SLUICE_NN_UNSUPPORTED, name + " has " + std::to_string(dims.size()) +
                                             " dimensions; at most " + std::to_string(SLUICE_NN_RANK_MAX) +
                                             " can be read: let the network reshape it");
  sluice_nn_tensor tensor{};
  tensor.type = type;
  tensor.rank = static_cast<std::uint32_t>(dims.size());
  std::ranges::copy(dims, tensor.dims);
  const auto bytes = dense_bytes(tensor);
  if (!bytes) return failed(SLUICE_NN_BROKEN, name + " has the impossible shape " + describe(tensor));
  tensor.data = data;
  tensor.bytes = *bytes;
  return tensor;
}

Result<void> check_input(std::uint32_t index, const Port& port, const sluice_nn_tensor& tensor) {
  const std::string name = "input " + std::to_string(index) + " (" + port.name + ")";
  if (port.shape.type == SLUICE_NN_OTHER_TYPE)
    return failed(SLUICE_NN_UNSUPPORTED,
                  name + " of the network is of a type that WASI-NN has no number for, so it can't be set");
  if (tensor.rank > SLUICE_NN_RANK_MAX)
    return failed(SLUICE_NN_INVALID, "the tensor for " + name + " has " + std::to_string(tensor.rank) +
                                         " dimensions; at most " + std::to_string(SLUICE_NN_RANK_MAX) +
                                         " are possible");
  if (element_bytes(tensor.type) == 0)
    return failed(SLUICE_NN_INVALID,
                  "the tensor for " + name + " has the unknown type " + std::to_string(tensor.type));
  if (!fits(port.shape, tensor))
    return failed(SLUICE_NN_INVALID,
                  name + " of the network is " + describe(port.shape) + ", the tensor " + describe(tensor));
  const auto bytes = dense_bytes(tensor);
  if (!bytes || *bytes != tensor.bytes)
    return failed(SLUICE_NN_INVALID, "the tensor for " + name + " is " + describe(tensor) + ", which takes " +
                                         (bytes ? std::to_string(*bytes) : "too many") + " bytes, and has " +
                                         std::to_string(tensor.bytes));
  if (tensor.data == nullptr && tensor.bytes > 0)
    return failed(SLUICE_NN_INVALID, "the tensor for " + name + " has no data");
  return {};
}

}  // namespace sluice::backends
