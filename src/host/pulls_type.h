// The type of `sluice:github/pulls`, as wit/github.wit says it.
#pragma once

#include "base/type.h"

namespace sluice::host {

[[nodiscard]] InterfaceType pulls_type();

}  // namespace sluice::host
