// PyTorch's types, and what a network's forward() takes and gives.
#pragma once

#include <torch/script.h>

#include <cstdint>
#include <vector>

#include "common/network.h"
#include "common/result.h"

namespace sluice::pytorch {

std::uint32_t type_of(torch::ScalarType type);
// Of a type that tensors can be set in.
torch::ScalarType scalar_type_of(std::uint32_t type);

// Inputs are the tensors that forward() takes, up to the first argument that has a value without being given
// one. Outputs are the tensor that it gives, or those of the tuple, one in another included. TorchScript
// mostly does not say of what type and shape they are. UNSUPPORTED: it takes or gives something else.
backends::Result<backends::Ports> ports_of(const c10::FunctionSchema& forward);

// The tensors of what forward() gave, in the order of the outputs.
void flatten(const torch::IValue& value, std::vector<torch::Tensor>& tensors);

}  // namespace sluice::pytorch
