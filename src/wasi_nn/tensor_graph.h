// Networks of tensors as WASI-NN has them: inputs and outputs by number.
#pragma once

#include <memory>

#include "nn/tensors.h"
#include "wasi_nn/graph.h"
#include "wasi_nn/messages.h"

namespace sluice::wasi_nn {

[[nodiscard]] std::unique_ptr<Graph> make_tensor_graph(std::shared_ptr<nn::TensorNetwork> network, Tell tell);

// Which type of tensor a guest means: WASI-NN had F16 0, F32 1, U8 2, I32 3 first, and has F16 0, F32 1, F64
// 2, U8 3, I32 4, I64 5 now. `wanted` is the network's type; where it takes any, the bytes of an element
// decide. SLUICE_NN_OTHER_TYPE: it can't be meant.
[[nodiscard]] std::uint32_t meant_type(std::uint8_t number, std::uint32_t wanted, std::uint64_t elements,
                                       std::uint64_t bytes);

}  // namespace sluice::wasi_nn
