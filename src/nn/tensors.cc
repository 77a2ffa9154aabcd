#include "nn/tensors.h"

#include <fmt/format.h>

#include <limits>
#include <optional>

namespace sluice::nn {

std::uint64_t bytes_of_type(std::uint32_t type) {
  switch (type) {
    case SLUICE_NN_U8:
      return 1;
    case SLUICE_NN_F16:
      return 2;
    case SLUICE_NN_F32:
    case SLUICE_NN_I32:
      return 4;
    case SLUICE_NN_F64:
    case SLUICE_NN_I64:
      return 8;
    default:
      return 0;
  }
}

std::string_view name_of_type(std::uint32_t type) {
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

std::optional<std::uint64_t> elements_of(const sluice_nn_tensor& tensor) {
  if (tensor.rank > SLUICE_NN_RANK_MAX) return std::nullopt;
  std::uint64_t count = 1;
  for (std::uint32_t i = 0; i < tensor.rank; ++i) {
    if (tensor.dims[i] < 0) return std::nullopt;
    const auto dim = static_cast<std::uint64_t>(tensor.dims[i]);
    // With room for eight bytes each.
    if (dim != 0 && count > std::numeric_limits<std::uint64_t>::max() / 8 / dim) return std::nullopt;
    count *= dim;
  }
  return count;
}

std::string describe(const sluice_nn_tensor& shape) {
  std::string text(name_of_type(shape.type));
  if (shape.rank == SLUICE_NN_ANY_RANK) return text + " of any shape";
  text += " [";
  for (std::uint32_t i = 0; i < shape.rank && i < SLUICE_NN_RANK_MAX; ++i) {
    if (i > 0) text += ", ";
    text += shape.dims[i] < 0 ? "any" : std::to_string(shape.dims[i]);
  }
  return text + "]";
}

Status check_tensor(const TensorPort& port, const sluice_nn_tensor& tensor) {
  const sluice_nn_tensor& shape = port.shape;
  bool same = shape.type == tensor.type || shape.type == SLUICE_NN_ANY_TYPE;
  if (shape.rank != SLUICE_NN_ANY_RANK) {
    same = same && shape.rank == tensor.rank;
    for (std::uint32_t i = 0; same && i < shape.rank; ++i) {
      same = shape.dims[i] < 0 || shape.dims[i] == tensor.dims[i];
    }
  }
  const std::string what = "set the input " + port.name;
  if (!same) {
    return fail(ErrorCode::invalid_input, what,
                fmt::format("it is {}, and the network takes {}", describe(tensor), describe(shape)));
  }
  const std::uint64_t size = bytes_of_type(tensor.type);
  const auto elements = elements_of(tensor);
  if (size == 0 || !elements || *elements * size != tensor.bytes) {
    return fail(
        ErrorCode::invalid_input, what,
        fmt::format("it is {} and has {} bytes, which do not fit together", describe(tensor), tensor.bytes));
  }
  return {};
}

}  // namespace sluice::nn
