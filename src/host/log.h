// `wasi:logging/logging` (`to = "log"`): guests' messages in the host's log, with their run and component.
#pragma once

#include "host/capability.h"

namespace sluice::host {

// Messages are redacted; past `log-bytes` of a run they are dropped, and that is said once.
class LogCapability : public Capability {
 public:
  LogCapability();
  Task<Result<std::optional<Value>>> call(gate::Frame& caller, const gate::BoundValues& bound,
                                          std::size_t index, std::vector<Value> arguments) override;
};

}  // namespace sluice::host
