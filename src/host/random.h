// `wasi:random/random` (`to = "random"`), from the run's entropy.
#pragma once

#include "host/capability.h"

namespace sluice::host {

// At most 64 KiB a call.
class RandomCapability : public Capability {
 public:
  RandomCapability();
  Task<Result<std::optional<Value>>> call(gate::Frame& caller, const gate::BoundValues& bound,
                                          std::size_t index, std::vector<Value> arguments) override;
};

}  // namespace sluice::host
