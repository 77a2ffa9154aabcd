// `sluice:github/pulls` answered from a change on this machine: for reviews on the command line.
#pragma once

#include "host/capability.h"
#include "host/local_change.h"

namespace sluice::host {

// There is one pull request, whatever owner, repo and number are asked for. It can be read; nothing can be
// posted.
class LocalPulls : public Capability {
 public:
  explicit LocalPulls(LocalChange change);
  Task<Result<std::optional<Value>>> call(gate::Frame& caller, const gate::BoundValues& bound,
                                          std::size_t index, std::vector<Value> arguments) override;

 private:
  LocalChange change_;
};

}  // namespace sluice::host
