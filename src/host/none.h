// A link to nobody (`to = "none"`): for an interface that an app can do without, such as a language model.
#pragma once

#include "host/capability.h"

namespace sluice::host {

// Has whatever type the import has. Each call says that it is refused, as the function's own result where its
// type has room for that; the text holds "the link leads to `none`".
class NoProvider : public Capability {
 public:
  explicit NoProvider(InterfaceType type) : Capability("none", std::move(type)) {}
  Task<Result<std::optional<Value>>> call(gate::Frame& caller, const gate::BoundValues& bound,
                                          std::size_t index, std::vector<Value> arguments) override;
};

}  // namespace sluice::host
