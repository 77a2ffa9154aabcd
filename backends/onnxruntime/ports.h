// What the inputs and outputs of a network are.
#pragma once

#include <cstdint>

#include "common/network.h"
#include "runtime.h"

namespace sluice::onnx {

std::uint32_t type_of(ONNXTensorElementDataType type);
// Of a type that tensors can be set in.
ONNXTensorElementDataType element_of(std::uint32_t type);

backends::Ports ports_of(const OrtSession& network);

}  // namespace sluice::onnx
