// `wasi:clocks/wall-clock` (`to = "clock"`): the time of day, from the run's clock.
#pragma once

#include "host/capability.h"

namespace sluice::host {

class ClockCapability : public Capability {
 public:
  ClockCapability();
  Task<Result<std::optional<Value>>> call(gate::Frame& caller, const gate::BoundValues& bound,
                                          std::size_t index, std::vector<Value> arguments) override;
};

}  // namespace sluice::host
