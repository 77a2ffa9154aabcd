// Tensors, between the values of wit/nn.wit and those of layer nn.
#pragma once

#include "base/error.h"
#include "base/value.h"
#include "nn/networks.h"

namespace sluice::host {

// invalid_input: dimensions and numbers that do not fit together, or too many dimensions.
[[nodiscard]] Result<nn::OwnedTensor> read_tensor(const Value& value);
// invalid_input: a type or size that has no place there.
[[nodiscard]] Result<Value> tensor_value(const nn::OwnedTensor& tensor);
[[nodiscard]] Value port_value(const nn::TensorPort& port);
// `result<_, error>` that says why a network did not answer.
[[nodiscard]] Value network_error(const Error& error);

}  // namespace sluice::host
