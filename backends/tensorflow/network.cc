#include "network.h"

#include <new>
#include <utility>
#include <vector>

#include "common/tensor.h"

namespace sluice::tensorflow {
namespace {

using backends::Result;

class TensorFlowSession final : public backends::Session {
 public:
  TensorFlowSession(TF_Session* session, const Endpoints& endpoints)
      : session_(session),
        endpoints_(endpoints),
        inputs_(endpoints.inputs.size()),
        outputs_(endpoints.outputs.size()) {}

  Result<void> set(std::uint32_t index, const sluice_nn_tensor& tensor) override {
    // A new one each time: an output may be the very tensor that was an input.
    Tensor input(TF_AllocateTensor(data_type_of(tensor.type), tensor.dims, static_cast<int>(tensor.rank),
                                   tensor.bytes));
    if (input == nullptr || TF_TensorByteSize(input.get()) != tensor.bytes) throw std::bad_alloc();
    backends::copy_data(TF_TensorData(input.get()), tensor);
    inputs_[index] = std::move(input);
    return {};
  }

  Result<void> compute() override {
    std::vector<TF_Tensor*> inputs;
    for (const Tensor& input : inputs_) inputs.push_back(input.get());
    std::vector<TF_Tensor*> outputs(outputs_.size());
    for (Tensor& output : outputs_) output.reset();
    const Status status = make_status();
    TF_SessionRun(session_, nullptr, endpoints_.inputs.data(), inputs.data(), static_cast<int>(inputs.size()),
                  endpoints_.outputs.data(), outputs.data(), static_cast<int>(outputs.size()), nullptr, 0,
                  nullptr, status.get());
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs_[i].reset(outputs[i]);
    return done(status, SLUICE_NN_BROKEN, "TensorFlow could not compute");
  }

  Result<sluice_nn_tensor> output(std::uint32_t index) override {
    const TF_Tensor* tensor = outputs_[index].get();
    std::vector<std::int64_t> dims;
    for (int i = 0; i < TF_NumDims(tensor); ++i) dims.push_back(TF_Dim(tensor, i));
    const std::uint32_t type = type_of(TF_TensorType(tensor));
    return backends::make_output(index, type, dims,
                                 type == SLUICE_NN_OTHER_TYPE ? nullptr : TF_TensorData(tensor));
  }

 private:
  TF_Session* session_;
  const Endpoints& endpoints_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
};

}  // namespace

Result<std::unique_ptr<backends::Session>> TensorFlowGraph::open_session() {
  return std::make_unique<TensorFlowSession>(session_.get(), endpoints_);
}

}  // namespace sluice::tensorflow
