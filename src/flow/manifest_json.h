// A manifest as JSON: what was read and what was taken by default, for `sluice check` and for tests.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "flow/manifest.h"

namespace sluice::flow {

// Positions are left out. Of secrets it says where they come from and go to.
[[nodiscard]] nlohmann::json to_json(const Manifest& manifest);

}  // namespace sluice::flow
