#include "types.h"

#include <string>
#include <utility>

#include "common/tensor.h"

namespace sluice::pytorch {
namespace {

using backends::failed;
using backends::Result;

struct Pair {
  torch::ScalarType scalar;
  sluice_nn_type type;
};

constexpr Pair pairs[] = {
    {torch::kHalf, SLUICE_NN_F16}, {torch::kFloat, SLUICE_NN_F32}, {torch::kDouble, SLUICE_NN_F64},
    {torch::kByte, SLUICE_NN_U8},  {torch::kInt, SLUICE_NN_I32},   {torch::kLong, SLUICE_NN_I64},
};

backends::Port port_of(std::string name, const c10::TensorType& tensor) {
  const auto scalar = tensor.scalarType();
  const std::uint32_t type = scalar ? type_of(*scalar) : std::uint32_t{SLUICE_NN_ANY_TYPE};
  const auto sizes = tensor.sizes().sizes();
  if (!sizes) return backends::make_port_of_any_rank(std::move(name), type);
  std::vector<std::int64_t> dims;
  for (const auto& size : *sizes) dims.push_back(size.value_or(-1));
  return backends::make_port(std::move(name), type, dims);
}

Result<void> add_outputs(const c10::TypePtr& type, std::vector<backends::Port>& outputs) {
  if (const auto tensor = type->cast<c10::TensorType>()) {
    outputs.push_back(port_of(std::to_string(outputs.size()), *tensor));
    return {};
  }
  const auto tuple = type->cast<c10::TupleType>();
  if (tuple == nullptr)
    return failed(SLUICE_NN_UNSUPPORTED, "the network's forward() gives " + type->str() +
                                             ": let it give a tensor, or a tuple of tensors");
  for (const auto& element : tuple->elements()) {
    if (auto fine = add_outputs(element, outputs); !fine) return fine;
  }
  return {};
}

}  // namespace

std::uint32_t type_of(torch::ScalarType type) {
  for (const Pair& pair : pairs) {
    if (type == pair.scalar) return pair.type;
  }
  return SLUICE_NN_OTHER_TYPE;
}

torch::ScalarType scalar_type_of(std::uint32_t type) {
  for (const Pair& pair : pairs) {
    if (type == pair.type) return pair.scalar;
  }
  return torch::kFloat;
}

Result<backends::Ports> ports_of(const c10::FunctionSchema& forward) {
  backends::Ports ports;
  bool optional = false;
  // The first is the network itself.
  for (std::size_t i = 1; i < forward.arguments().size(); ++i) {
    const c10::Argument& argument = forward.arguments()[i];
    optional = optional || argument.default_value().has_value();
    if (optional && argument.default_value()) continue;
    const auto tensor = argument.type()->cast<c10::TensorType>();
    if (optional || tensor == nullptr)
      return failed(SLUICE_NN_UNSUPPORTED, "the network's forward() takes '" + argument.name() +
                                               "' of type " + argument.type()->str() +
                                               ": let it take tensors alone");
    ports.inputs.push_back(port_of(argument.name(), *tensor));
  }
  for (const c10::Argument& result : forward.returns()) {
    if (auto fine = add_outputs(result.type(), ports.outputs); !fine) return std::unexpected(fine.error());
  }
  if (ports.outputs.empty()) return failed(SLUICE_NN_UNSUPPORTED, "the network's forward() gives no tensor");
  return ports;
}

void flatten(const torch::IValue& value, std::vector<torch::Tensor>& tensors) {
  if (value.isTensor()) tensors.push_back(value.toTensor());
  if (!value.isTuple()) return;
  for (const torch::IValue& element : value.toTupleRef().elements()) flatten(element, tensors);
}

}  // namespace sluice::pytorch
