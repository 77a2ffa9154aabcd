// `sluice:kv/store` (`to = "kv"`): a space of its own for each component of an app.
#pragma once

#include "host/capability.h"
#include "store/store.h"

namespace sluice::host {

class KvCapability : public Capability {
 public:
  // `store` outlives the capability; it may be used from several threads.
  explicit KvCapability(store::Store& store);
  Task<Result<std::optional<Value>>> call(gate::Frame& caller, const gate::BoundValues& bound,
                                          std::size_t index, std::vector<Value> arguments) override;

 private:
  store::Store& store_;
};

}  // namespace sluice::host
