// ONNX Runtime as a library of networks.
#pragma once

#include <memory>

#include "common/network.h"
#include "runtime.h"

namespace sluice::onnx {

using LogFunction = void (*)(int level, const char* line, std::size_t size);

class OnnxRuntime final : public backends::Library {
 public:
  // Warnings and errors go to `log`, which may be null.
  explicit OnnxRuntime(LogFunction log);

  backends::Result<void> warm_up(std::string_view format) override;
  backends::Result<std::unique_ptr<backends::Graph>> open_graph(
      std::span<const sluice_nn_part> parts, const sluice_nn_graph_options& options) override;

 private:
  Env env_;
};

}  // namespace sluice::onnx
