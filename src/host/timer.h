// `sluice:time/timer` (`to = "timer"`): waiting.
#pragma once

#include "host/capability.h"

namespace sluice::host {

// Ends early when the run is cancelled.
class TimerCapability : public Capability {
 public:
  TimerCapability();
  Task<Result<std::optional<Value>>> call(gate::Frame& caller, const gate::BoundValues& bound,
                                          std::size_t index, std::vector<Value> arguments) override;
};

}  // namespace sluice::host
