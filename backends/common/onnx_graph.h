// The rules for ONNX graphs that OpenVINO takes for granted: where they are broken, it crashes or goes in
// circles.
#pragma once

#include <string_view>

#include "common/result.h"

namespace sluice::backends {

// CORRUPT: an operation uses what none before it made, makes what is there already, or has fewer inputs or
// more outputs than its kind has.
Result<void> check_onnx_graph(std::string_view model);

}  // namespace sluice::backends
