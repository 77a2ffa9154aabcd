#include "ports.h"

#include <string>
#include <utility>
#include <vector>

#include "common/tensor.h"

namespace sluice::onnx {
namespace {

struct Pair {
  ONNXTensorElementDataType element;
  sluice_nn_type type;
};

constexpr Pair pairs[] = {
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16, SLUICE_NN_F16},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, SLUICE_NN_F32},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE, SLUICE_NN_F64},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, SLUICE_NN_U8},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, SLUICE_NN_I32},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, SLUICE_NN_I64},
};

// The functions of ONNX Runtime for one side of a network.
struct Side {
  OrtStatus* (*count)(const OrtSession*, std::size_t*);
  OrtStatus* (*name)(const OrtSession*, std::size_t, OrtAllocator*, char**);
  OrtStatus* (*type)(const OrtSession*, std::size_t, OrtTypeInfo**);
};

std::string name_of(const OrtSession& network, const Side& side, std::size_t index) {
  OrtAllocator* allocator = nullptr;
  must(api().GetAllocatorWithDefaultOptions(&allocator));
  char* text = nullptr;
  must(side.name(&network, index, allocator, &text));
  std::string name = text;
  must(api().AllocatorFree(allocator, text));
  return name;
}

backends::Port port_of(const OrtSession& network, const Side& side, std::size_t index) {
  std::string name = name_of(network, side, index);
  OrtTypeInfo* made = nullptr;
  must(side.type(&network, index, &made));
  const TypeInfo info(made);
  const OrtTensorTypeAndShapeInfo* tensor = nullptr;  // a part of `info`
  must(api().CastTypeInfoToTensorInfo(info.get(), &tensor));
  // A list or a map.
  if (tensor == nullptr) return backends::make_port_of_any_rank(std::move(name), SLUICE_NN_OTHER_TYPE);
  ONNXTensorElementDataType element{};
  must(api().GetTensorElementType(tensor, &element));
  if (!api().TensorTypeAndShape_HasShape(tensor))
    return backends::make_port_of_any_rank(std::move(name), type_of(element));
  std::size_t rank = 0;
  must(api().GetDimensionsCount(tensor, &rank));
  std::vector<std::int64_t> dims(rank);
  must(api().GetDimensions(tensor, dims.data(), rank));
  return backends::make_port(std::move(name), type_of(element), dims);
}

std::vector<backends::Port> ports_of(const OrtSession& network, const Side& side) {
  std::size_t count = 0;
  must(side.count(&network, &count));
  std::vector<backends::Port> ports;
  for (std::size_t i = 0; i < count; ++i) ports.push_back(port_of(network, side, i));
  return ports;
}

}  // namespace

std::uint32_t type_of(ONNXTensorElementDataType type) {
  for (const Pair& pair : pairs) {
    if (type == pair.element) return pair.type;
  }
  return SLUICE_NN_OTHER_TYPE;
}

ONNXTensorElementDataType element_of(std::uint32_t type) {
  for (const Pair& pair : pairs) {
    if (type == pair.type) return pair.element;
  }
  return ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
}

backends::Ports ports_of(const OrtSession& network) {
  const Side inputs{api().SessionGetInputCount, api().SessionGetInputName, api().SessionGetInputTypeInfo};
  const Side outputs{api().SessionGetOutputCount, api().SessionGetOutputName, api().SessionGetOutputTypeInfo};
  return {.inputs = ports_of(network, inputs), .outputs = ports_of(network, outputs)};
}

}  // namespace sluice::onnx
