// A network that was read, and computing with it.
#pragma once

#include <memory>
#include <vector>

#include "common/network.h"
#include "runtime.h"

namespace sluice::onnx {

class OnnxGraph final : public backends::Graph {
 public:
  explicit OnnxGraph(Network network);

  [[nodiscard]] const backends::Ports& ports() const override { return ports_; }
  backends::Result<std::unique_ptr<backends::Session>> open_session() override;

 private:
  Network network_;
  backends::Ports ports_;
  // As ONNX Runtime wants them.
  std::vector<const char*> input_names_;
  std::vector<const char*> output_names_;
};

}  // namespace sluice::onnx
