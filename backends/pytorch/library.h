// PyTorch as a library of networks in TorchScript.
#pragma once

#include <memory>

#include "common/network.h"

namespace sluice::pytorch {

using LogFunction = void (*)(int level, const char* line, std::size_t size);

class PyTorch final : public backends::Library {
 public:
  // What networks print goes to `log`, which may be null.
  explicit PyTorch(LogFunction log);

  backends::Result<void> warm_up(std::string_view format) override;
  backends::Result<std::unique_ptr<backends::Graph>> open_graph(
      std::span<const sluice_nn_part> parts, const sluice_nn_graph_options& options) override;
};

}  // namespace sluice::pytorch
