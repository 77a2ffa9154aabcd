#include "library.h"

#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/runtime/print_handler.h>
#include <torch/script.h>

#include <sstream>
#include <string>
#include <utility>

#include "common/part.h"
#include "memory_reader.h"
#include "network.h"
#include "reason.h"
#include "source.h"
#include "types.h"

namespace sluice::pytorch {
namespace {

using backends::failed;
using backends::PartBytes;
using backends::Result;

// PyTorch takes a plain function for what networks print.
LogFunction print_log = nullptr;

void take_print(const std::string& text) {
  if (print_log != nullptr) print_log(1, text.data(), text.size());
}

Result<std::unique_ptr<backends::Graph>> graph_of(torch::jit::Module module, std::uint32_t threads) {
  module.eval();
  const auto forward = module.find_method("forward");
  if (!forward) return failed(SLUICE_NN_UNSUPPORTED, "the network has no method forward()");
  auto ports = ports_of(forward->function().getSchema());
  if (!ports) return std::unexpected(ports.error());
  return std::make_unique<TorchGraph>(std::move(module), std::move(*ports), threads);
}

template <typename T>
Result<T> flattened(Result<Result<T>> nested) {
  if (!nested) return std::unexpected(nested.error());
  return std::move(*nested);
}

}  // namespace

PyTorch::PyTorch(LogFunction log) {
  // Compiled once, when it is opened; not again, and otherwise, after PyTorch has watched some runs.
  torch::jit::getProfilingMode() = false;
  print_log = log;
  torch::jit::setPrintHandler(take_print);
}

// What is looked up once: what a file is read with, the processor's kind, the threads.
Result<void> PyTorch::warm_up(std::string_view format) {
  auto file = attempt(SLUICE_NN_BROKEN, "PyTorch saves no network", [] {
    torch::jit::Module module("network");
    module.define(
        "def forward(self, x: Tensor):\n  return torch.softmax(torch.relu(torch.matmul(x, x) + x), 1)\n");
    std::ostringstream stream;
    module.save(stream);
    return stream.str();
  });
  if (!file) return std::unexpected(file.error());
  const sluice_nn_part part{.path = nullptr, .data = file->data(), .size = file->size()};
  const sluice_nn_graph_options options{.format = {format.data(), format.size()}, .threads = 0, .gpu = 0};
  auto graph = open_graph(std::span(&part, 1), options);
  if (!graph) return std::unexpected(graph.error());
  auto session = (*graph)->open_session();
  if (!session) return std::unexpected(session.error());
  const std::vector<float> numbers(128UL * 128);
  sluice_nn_tensor tensor{};
  tensor.type = SLUICE_NN_F32;
  tensor.rank = 2;
  tensor.dims[0] = 128;
  tensor.dims[1] = 128;
  tensor.data = numbers.data();
  tensor.bytes = numbers.size() * sizeof(float);
  if (auto set = (*session)->set(0, tensor); !set) return set;
  return (*session)->compute();
}

Result<std::unique_ptr<backends::Graph>> PyTorch::open_graph(std::span<const sluice_nn_part> parts,
                                                             const sluice_nn_graph_options& options) {
  if (auto fine = backends::need_no_gpu(options, "PyTorch"); !fine) return std::unexpected(fine.error());
  if (auto right = backends::need_parts(parts, 1, 1, "one"); !right) return std::unexpected(right.error());
  const sluice_nn_part& part = parts[0];
  auto bytes = PartBytes::read(part);
  if (!bytes) return std::unexpected(bytes.error());
  return flattened(attempt(SLUICE_NN_CORRUPT, "cannot read " + backends::name_of(part) + " as TorchScript",
                           [&]() -> Result<std::unique_ptr<backends::Graph>> {
                             if (auto whole = check_whole(bytes->text()); !whole)
                               return std::unexpected(whole.error());
                             if (part.path == nullptr) {
                               if (auto fine = check_sources(bytes->text()); !fine)
                                 return std::unexpected(fine.error());
                             }
                             return graph_of(
                                 torch::jit::load(std::make_unique<MemoryReader>(bytes->text()), torch::kCPU),
                                 options.threads);
                           }));
}

}  // namespace sluice::pytorch
