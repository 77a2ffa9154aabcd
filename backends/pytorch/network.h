// A module of TorchScript, and computing with it.
#pragma once

#include <torch/script.h>

#include <memory>
#include <vector>

#include "common/network.h"

namespace sluice::pytorch {

class TorchGraph final : public backend::Graph {
 public:
  // `threads`: 0, as PyTorch likes.
  TorchGraph(torch::jit::Module module, backend::Ports ports, std::uint32_t threads);

  [[nodiscard]] const backend::Ports& ports() const override { return ports_; }
  backend::Result<std::unique_ptr<backend::Session>> open_session() override;

 private:
  torch::jit::Module module_;
  backend::Ports ports_;
  std::vector<bool> writes_;  // of each input: forward() changes it in place
  std::uint32_t threads_;
};

}  // namespace sluice::pytorch
