// A look at a TensorFlow Lite file before OpenVINO reads it, which takes for granted that operations have as
// many inputs and outputs as their kind has.
#pragma once

#include <string_view>

#include "common/result.h"

namespace sluice::backends {

// CORRUPT: it is none, or is damaged.
Result<void> check_tflite(std::string_view file);

}  // namespace sluice::backends
