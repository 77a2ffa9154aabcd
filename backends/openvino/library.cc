#include "library.h"

#include <openvino/op/constant.hpp>
#include <openvino/op/parameter.hpp>
#include <openvino/op/relu.hpp>
#include <openvino/op/result.hpp>
#include <openvino/runtime/properties.hpp>
#include <string>
#include <utility>
#include <vector>

#include "common/tensor.h"
#include "reason.h"
#include "types.h"

namespace sluice::openvino {
namespace {

using backends::Result;

class OpenVinoSession final : public backends::Session {
 public:
  OpenVinoSession(ov::InferRequest request, const backends::Ports& ports)
      : request_(std::move(request)), ports_(ports) {}

  Result<void> set(std::uint32_t index, const sluice_nn_tensor& tensor) override {
    auto own = attempt(SLUICE_NN_INVALID, "OpenVINO refuses input " + std::to_string(index),
                       [&] { return own_tensor(index, tensor); });
    if (!own) return std::unexpected(own.error());
    backends::copy_data(own->data(), tensor);
    return {};
  }

  Result<void> compute() override {
    auto done = attempt(SLUICE_NN_BROKEN, "OpenVINO could not compute", [&] {
      // Not infer(): with one thread, it loses what is thrown, and the next network's computing crashes.
      request_.start_async();
      request_.wait();
      return true;
    });
    if (!done) return std::unexpected(done.error());
    return {};
  }

  Result<sluice_nn_tensor> output(std::uint32_t index) override {
    const ov::Tensor tensor = request_.get_output_tensor(index);
    const ov::Shape& shape = tensor.get_shape();
    const std::vector<std::int64_t> dims(shape.begin(), shape.end());
    return backends::make_output(index, type_of(tensor.get_element_type()), dims,
                                 tensor.get_byte_size() == 0 ? nullptr : tensor.data());
  }

 private:
  // The request's own where the network says all about it; otherwise one of this shape.
  ov::Tensor own_tensor(std::uint32_t index, const sluice_nn_tensor& tensor) {
    if (backends::dense_bytes(ports_.inputs[index].shape)) return request_.get_input_tensor(index);
    const auto dims = backends::dims_of(tensor);
    ov::Tensor own(element_of(tensor.type), ov::Shape(dims.begin(), dims.end()));
    request_.set_input_tensor(index, own);
    return own;
  }

  ov::InferRequest request_;
  const backends::Ports& ports_;
};

class OpenVinoGraph final : public backends::Graph {
 public:
  OpenVinoGraph(ReadModel read, ov::CompiledModel compiled)
      : weights_(std::move(read.weights)), compiled_(std::move(compiled)), ports_(ports_of(compiled_)) {}

  [[nodiscard]] const backends::Ports& ports() const override { return ports_; }

  Result<std::unique_ptr<backends::Session>> open_session() override {
    return std::make_unique<OpenVinoSession>(compiled_.create_infer_request(), ports_);
  }

 private:
  std::optional<backends::PartBytes> weights_;
  ov::CompiledModel compiled_;
  backends::Ports ports_;
};

// One request after the other, each as fast as can be; the same results on every processor (no 16-bit
// arithmetic that only some have); no thread is tied to a core that a neighbour may need.
ov::AnyMap properties(std::uint32_t threads) {
  ov::AnyMap map{ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY),
                 ov::hint::execution_mode(ov::hint::ExecutionMode::ACCURACY),
                 ov::hint::enable_cpu_pinning(false)};
  if (threads > 0) map.insert(ov::inference_num_threads(static_cast<std::int32_t>(threads)));
  return map;
}

std::shared_ptr<ov::Model> smallest_model() {
  const auto input = std::make_shared<ov::op::v0::Parameter>(ov::element::f32, ov::PartialShape{1});
  const auto result = std::make_shared<ov::op::v0::Result>(std::make_shared<ov::op::v0::Relu>(input));
  return std::make_shared<ov::Model>(ov::ResultVector{result}, ov::ParameterVector{input});
}

}  // namespace

Result<void> OpenVino::warm_up(std::string_view format) {
  auto done = attempt(SLUICE_NN_BROKEN, "OpenVINO's parts could not be loaded", [&] {
    reader_.warm_up(format);
    // The plug-in for the CPU, and the threads.
    core_.compile_model(smallest_model(), "CPU", properties(0)).create_infer_request().infer();
    return true;
  });
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<std::unique_ptr<backends::Graph>> OpenVino::open_graph(std::span<const sluice_nn_part> parts,
                                                              const sluice_nn_graph_options& options) {
  if (auto fine = backends::need_no_gpu(options, "OpenVINO"); !fine) return std::unexpected(fine.error());
  auto read = reader_.read(parts, backends::view(options.format));
  if (!read) return std::unexpected(read.error());
  return attempt(SLUICE_NN_UNSUPPORTED, "OpenVINO cannot compile " + backends::name_of(parts[0]),
                 [&]() -> std::unique_ptr<backends::Graph> {
                   ov::CompiledModel compiled =
                       core_.compile_model(read->model, "CPU", properties(options.threads));
                   return std::make_unique<OpenVinoGraph>(std::move(*read), std::move(compiled));
                 });
}

}  // namespace sluice::openvino
