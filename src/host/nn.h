// `sluice:nn/inference`, answered by a network of tensors of this machine (`to = "model:NAME"`).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/capability.h"
#include "nn/networks.h"

namespace sluice::host {

class NetworkProvider : public gate::Provider {
 public:
  static constexpr std::string_view interface = "sluice:nn/inference";

  explicit NetworkProvider(std::string name, std::shared_ptr<nn::Network> network);
  [[nodiscard]] const std::string& label() const override { return label_; }
  [[nodiscard]] const InterfaceType& type() const override { return type_; }
  Task<Result<std::optional<Value>>> call(gate::Frame& caller, const gate::BoundValues& bound,
                                          std::size_t index, std::vector<Value> arguments) override;

 private:
  Task<Result<Value>> describe();
  Task<Result<Value>> compute(std::vector<Value> arguments);

  std::shared_ptr<nn::Network> network_;
  std::string label_;
  InterfaceType type_;
};

// The type of the interface (wit/nn.wit).
[[nodiscard]] InterfaceType inference_type();

}  // namespace sluice::host
