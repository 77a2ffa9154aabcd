// `wasi:config/store` (`to = "config"`): the `config` table of the calling component.
#pragma once

#include "host/capability.h"

namespace sluice::host {

class ConfigCapability : public Capability {
 public:
  ConfigCapability();
  Task<Result<std::optional<Value>>> call(gate::Frame& caller, const gate::BoundValues& bound,
                                          std::size_t index, std::vector<Value> arguments) override;
};

}  // namespace sluice::host
