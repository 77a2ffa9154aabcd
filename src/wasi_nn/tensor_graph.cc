#include "wasi_nn/tensor_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace sluice::wasi_nn {

namespace {

class TensorExecution : public Execution {
 public:
  TensorExecution(std::shared_ptr<nn::TensorNetwork> network, std::unique_ptr<nn::TensorSession> session,
                  Tell tell)
      : network_(std::move(network)), session_(std::move(session)), tell_(std::move(tell)) {}

  Errno set_input(std::uint32_t index, const GuestTensor& given) override {
    const auto& inputs = network_->inputs();
    if (index >= inputs.size()) {
      return refuse(tell_, Errno::invalid_argument,
                    fmt::format("there is no input {}: the network has {}", index, inputs.size()));
    }
    if (given.dims.size() > SLUICE_NN_RANK_MAX) {
      return refuse(tell_, Errno::invalid_argument,
                    fmt::format("the tensor has {} dimensions, and the most is {}", given.dims.size(),
                                SLUICE_NN_RANK_MAX));
    }
    sluice_nn_tensor tensor{};
    tensor.rank = static_cast<std::uint32_t>(given.dims.size());
    std::ranges::copy(given.dims, tensor.dims);
    tensor.data = given.data.data();
    tensor.bytes = given.data.size();
    const auto elements = nn::elements_of(tensor);
    if (!elements) return refuse(tell_, Errno::invalid_argument, "the tensor's dimensions are too large");
    tensor.type = meant_type(given.type, inputs[index].shape.type, *elements, tensor.bytes);
    if (auto good = nn::check_tensor(inputs[index], tensor); !good) return refuse(tell_, good.error());
    if (auto set = session_->set(index, tensor); !set) return refuse(tell_, set.error());
    return Errno::success;
  }

  Errno compute() override {
    if (auto computed = session_->compute(); !computed) return refuse(tell_, computed.error());
    return Errno::success;
  }
  Errno compute_single() override { return no_tokens(); }
  Errno fini_single() override { return no_tokens(); }

  Errno output(std::uint32_t index, std::span<const std::uint8_t>& bytes) override {
    const std::size_t count = network_->outputs().size();
    if (index >= count) {
      return refuse(tell_, Errno::invalid_argument,
                    fmt::format("there is no output {}: the network has {}", index, count));
    }
    const auto tensor = session_->output(index);
    if (!tensor) return refuse(tell_, tensor.error());
    bytes = {static_cast<const std::uint8_t*>(tensor->data), static_cast<std::size_t>(tensor->bytes)};
    return Errno::success;
  }
  Errno output_single(std::uint32_t, std::span<const std::uint8_t>&) override { return no_tokens(); }

 private:
  Errno no_tokens() const {
    return refuse(tell_, Errno::unsupported_operation, "only a language model computes single tokens");
  }

  std::shared_ptr<nn::TensorNetwork> network_;
  std::unique_ptr<nn::TensorSession> session_;
  Tell tell_;
};

class TensorGraph : public Graph {
 public:
  TensorGraph(std::shared_ptr<nn::TensorNetwork> network, Tell tell)
      : network_(std::move(network)), tell_(std::move(tell)) {}

  // Options of programs for other hosts; a network of tensors has none.
  Errno configure(std::string_view) override { return Errno::success; }

  Errno load() override { return Errno::success; }

  Errno start(const Print&, std::unique_ptr<Execution>& execution) override {
    auto session = network_->start();
    if (!session) return refuse(tell_, session.error());
    execution = std::make_unique<TensorExecution>(network_, std::move(*session), tell_);
    return Errno::success;
  }

 private:
  std::shared_ptr<nn::TensorNetwork> network_;
  Tell tell_;
};

constexpr std::array<std::uint32_t, 6> new_numbers{SLUICE_NN_F16, SLUICE_NN_F32, SLUICE_NN_F64,
                                                   SLUICE_NN_U8,  SLUICE_NN_I32, SLUICE_NN_I64};
constexpr std::array<std::uint32_t, 4> old_numbers{SLUICE_NN_F16, SLUICE_NN_F32, SLUICE_NN_U8, SLUICE_NN_I32};

}  // namespace

std::unique_ptr<Graph> make_tensor_graph(std::shared_ptr<nn::TensorNetwork> network, Tell tell) {
  return std::make_unique<TensorGraph>(std::move(network), std::move(tell));
}

std::uint32_t meant_type(std::uint8_t number, std::uint32_t wanted, std::uint64_t elements,
                         std::uint64_t bytes) {
  const auto fits = [&](std::uint32_t type) {
    return (wanted == type || wanted == SLUICE_NN_ANY_TYPE) && elements * nn::bytes_of_type(type) == bytes;
  };
  const bool is_new = number < new_numbers.size();
  const bool is_old = number < old_numbers.size();
  if (is_new && fits(new_numbers[number])) return new_numbers[number];
  if (is_old && fits(old_numbers[number])) return old_numbers[number];
  // What is wrong with it is said by who compares it with the network.
  return is_new ? new_numbers[number] : std::uint32_t{SLUICE_NN_OTHER_TYPE};
}

}  // namespace sluice::wasi_nn
