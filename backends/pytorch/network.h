// A module of TorchScript, and computing with it.
#pragma once

#include <torch/script.h>

#include <memory>
#include <vector>

#include "common/network.h"

namespace sluice::pytorch {

class TorchGraph final : public backends::Graph {
 public:
  // `threads`: 0, as PyTorch likes.
  TorchGraph(torch::jit::Module module, backends::Ports ports, std::uint32_t threads);

  [[nodiscard]] const backends::Ports& ports() const override { return ports_; }
  backends::Result<std::unique_ptr<backends::Session>> open_session() override;

 private:
  torch::jit::Module module_;
  backends::Ports ports_;
  std::vector<bool> writes_;  // of each input: forward() changes it in place
  std::uint32_t threads_;
};

}  // namespace sluice::pytorch
