#include "session.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "common/tensor.h"
#include "ports.h"

namespace sluice::onnx {
namespace {

using backends::Result;

struct Content {
  ONNXTensorElementDataType element{};
  std::span<const std::int64_t> dims;
};

Content content_of(const OrtValue& value) {
  Content content;
  const std::int64_t* dims = nullptr;
  std::size_t rank = 0;
  must(api().GetTensorElementTypeAndShapeDataReference(&value, &content.element, &dims, &rank));
  content.dims = {dims, rank};
  return content;
}

bool has_shape_of(const OrtValue& value, const sluice_nn_tensor& tensor) {
  const Content content = content_of(value);
  return content.element == element_of(tensor.type) &&
         std::ranges::equal(content.dims, backends::dims_of(tensor));
}

void* data_of(OrtValue& value) {
  void* data = nullptr;
  must(api().GetTensorMutableData(&value, &data));
  return data;
}

class OnnxSession final : public backends::Session {
 public:
  OnnxSession(OrtSession& network, std::span<const char* const> input_names,
              std::span<const char* const> output_names)
      : network_(network),
        input_names_(input_names),
        output_names_(output_names),
        inputs_(input_names.size()),
        outputs_(output_names.size()) {}

  Result<void> set(std::uint32_t index, const sluice_nn_tensor& tensor) override {
    Tensor& input = inputs_[index];
    if (input == nullptr || !has_shape_of(*input, tensor)) {
      input.reset();
      OrtAllocator* allocator = nullptr;
      must(api().GetAllocatorWithDefaultOptions(&allocator));
      OrtValue* made = nullptr;
      if (auto fine = done(api().CreateTensorAsOrtValue(allocator, tensor.dims, tensor.rank,
                                                        element_of(tensor.type), &made),
                           SLUICE_NN_BROKEN, "ONNX Runtime refuses input " + std::to_string(index));
          !fine)
        return fine;
      input.reset(made);
    }
    backends::copy_data(data_of(*input), tensor);
    return {};
  }

  Result<void> compute() override {
    std::vector<const OrtValue*> inputs;
    for (const Tensor& input : inputs_) inputs.push_back(input.get());
    std::vector<OrtValue*> outputs(output_names_.size());
    for (Tensor& output : outputs_) output.reset();
    auto computed = done(api().Run(&network_, nullptr, input_names_.data(), inputs.data(), inputs.size(),
                                   output_names_.data(), outputs.size(), outputs.data()),
                         SLUICE_NN_BROKEN, "ONNX Runtime could not compute");
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs_[i].reset(outputs[i]);
    return computed;
  }

  Result<sluice_nn_tensor> output(std::uint32_t index) override {
    OrtValue* value = outputs_[index].get();
    int is_tensor = 0;
    if (value != nullptr) must(api().IsTensor(value, &is_tensor));
    if (is_tensor == 0) return backends::make_output(index, SLUICE_NN_OTHER_TYPE, {}, nullptr);
    const Content content = content_of(*value);
    const std::uint32_t type = type_of(content.element);
    return backends::make_output(index, type, content.dims,
                                 type == SLUICE_NN_OTHER_TYPE ? nullptr : data_of(*value));
  }

 private:
  OrtSession& network_;
  std::span<const char* const> input_names_;
  std::span<const char* const> output_names_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
};

std::vector<const char*> names_of(const std::vector<backends::Port>& ports) {
  std::vector<const char*> names;
  for (const backends::Port& port : ports) names.push_back(port.name.c_str());
  return names;
}

}  // namespace

OnnxGraph::OnnxGraph(Network network)
    : network_(std::move(network)),
      ports_(ports_of(*network_)),
      input_names_(names_of(ports_.inputs)),
      output_names_(names_of(ports_.outputs)) {}

Result<std::unique_ptr<backends::Session>> OnnxGraph::open_session() {
  return std::make_unique<OnnxSession>(*network_, input_names_, output_names_);
}

}  // namespace sluice::onnx
