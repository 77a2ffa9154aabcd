#include "network.h"

#include <ATen/Parallel.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <string>
#include <utility>

#include "common/tensor.h"
#include "reason.h"
#include "types.h"

namespace sluice::pytorch {
namespace {

using backends::failed;
using backends::Result;

// PyTorch has no exception of its own for it.
backends::Failed without_memory(backends::Failed failure) {
  if (failure.text.contains("can't allocate memory")) failure.status = SLUICE_NN_NO_MEMORY;
  return failure;
}

class TorchSession final : public backends::Session {
 public:
  TorchSession(const torch::jit::Module& module, const backends::Ports& ports,
               const std::vector<bool>& writes, std::uint32_t threads)
      : module_(module), ports_(ports), writes_(writes), threads_(threads), inputs_(ports.inputs.size()) {}

  Result<void> set(std::uint32_t index, const sluice_nn_tensor& tensor) override {
    // A new one each time: an output may be the very tensor that was an input.
    const auto dims = backends::dims_of(tensor);
    torch::Tensor input =
        torch::empty(c10::IntArrayRef(dims.data(), dims.size()), torch::dtype(scalar_type_of(tensor.type)));
    backends::copy_data(input.data_ptr(), tensor);
    inputs_[index] = std::move(input);
    return {};
  }

  Result<void> compute() override {
    outputs_.clear();
    auto done = attempt(SLUICE_NN_BROKEN, "PyTorch could not compute", [&] {
      forward();
      return true;
    });
    if (!done) return std::unexpected(without_memory(done.error()));
    if (outputs_.size() != ports_.outputs.size())
      return failed(SLUICE_NN_BROKEN, "PyTorch gave another number of tensors than the network says");
    return {};
  }

  Result<sluice_nn_tensor> output(std::uint32_t index) override {
    const torch::Tensor& tensor = outputs_[index];
    if (!tensor.defined() || tensor.layout() != torch::kStrided)
      return backends::make_output(index, SLUICE_NN_OTHER_TYPE, {}, nullptr);
    const auto sizes = tensor.sizes();
    return backends::make_output(index, type_of(tensor.scalar_type()), {sizes.data(), sizes.size()},
                                 tensor.data_ptr());
  }

 private:
  void forward() {
    const c10::InferenceMode no_gradients;
    // Of this thread; another may have its own.
    if (threads_ > 0) at::set_num_threads(static_cast<int>(threads_));
    std::vector<torch::IValue> given;
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      given.emplace_back(writes_[i] ? inputs_[i].clone() : inputs_[i]);
    std::vector<torch::Tensor> results;
    flatten(module_.get_method("forward")(given), results);
    // Dense and in order, as most are already.
    for (torch::Tensor& result : results) {
      const bool dense = result.defined() && result.layout() == torch::kStrided;
      outputs_.push_back(dense ? result.resolve_conj().resolve_neg().contiguous() : result);
    }
  }

  const torch::jit::Module& module_;
  const backends::Ports& ports_;
  const std::vector<bool>& writes_;
  std::uint32_t threads_;
  std::vector<torch::Tensor> inputs_;
  std::vector<torch::Tensor> outputs_;
};

std::vector<bool> find_writes(const torch::jit::Module& module, std::size_t inputs) {
  const auto graph = module.get_method("forward").graph()->copy();
  torch::jit::Inline(*graph);
  const torch::jit::AliasDb aliases(graph);
  std::vector<bool> writes;
  for (std::size_t i = 0; i < inputs; ++i) writes.push_back(aliases.hasWriters(graph->inputs().at(i + 1)));
  return writes;
}

}  // namespace

TorchGraph::TorchGraph(torch::jit::Module module, backends::Ports ports, std::uint32_t threads)
    : module_(std::move(module)),
      ports_(std::move(ports)),
      writes_(find_writes(module_, ports_.inputs.size())),
      threads_(threads) {}

Result<std::unique_ptr<backends::Session>> TorchGraph::open_session() {
  return std::make_unique<TorchSession>(module_, ports_, writes_, threads_);
}

}  // namespace sluice::pytorch
