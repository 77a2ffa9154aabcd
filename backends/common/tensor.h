// Shapes of tensors: what fits where, and how it is called in messages.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include "common/network.h"
#include "common/result.h"
#include "sluice/nn_backend.h"

namespace sluice::backends {

// Bytes of an element; 0: not a type that tensors can be set or read in.
std::uint64_t element_bytes(std::uint32_t type);

// Bytes of a dense tensor; nothing if a dimension is open, or there are more than 2^63.
std::optional<std::uint64_t> dense_bytes(const sluice_nn_tensor& tensor);

// "f32 [1, ?, 4]"
std::string describe(const sluice_nn_tensor& tensor);

// A port of this type and these dimensions (negative: open); one of too many is of OTHER_TYPE and any rank.
Port make_port(std::string name, std::uint32_t type, std::span<const std::int64_t> dims);
Port make_port_of_any_rank(std::string name, std::uint32_t type);

// The tensor that an output is. UNSUPPORTED: its type or rank. `index` is for the message.
Result<sluice_nn_tensor> make_output(std::uint32_t index, std::uint32_t type,
                                     std::span<const std::int64_t> dims, const void* data);

// Whether the tensor is whole, and of the port's shape.
Result<void> check_input(std::uint32_t index, const Port& port, const sluice_nn_tensor& tensor);

// Into the library's tensor, which has as many bytes.
inline void copy_data(void* into, const sluice_nn_tensor& tensor) {
  if (tensor.bytes > 0) std::memcpy(into, tensor.data, tensor.bytes);
}

inline std::span<const std::int64_t> dims_of(const sluice_nn_tensor& tensor) {
  return {tensor.dims, tensor.rank};
}

}  // namespace sluice::backends
