// A provider that is part of the host.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "gate/link.h"

namespace sluice::host {

// Holds what all capabilities have: a label and a type. `name` is what manifests write in `to`.
class Capability : public gate::Provider {
 public:
  Capability(std::string_view name, InterfaceType type)
      : label_("host " + std::string(name)), type_(std::move(type)) {}

  [[nodiscard]] const std::string& label() const override { return label_; }
  [[nodiscard]] const InterfaceType& type() const override { return type_; }

 private:
  std::string label_;
  InterfaceType type_;
};

}  // namespace sluice::host
