// Writes a smaller checkpoint: version 2, with weights of 8 bits and a scale for each group of them.
#pragma once

#include <string>
#include <string_view>

#include "common/result.h"

namespace sluice::backends::llama2c {

// INVALID (another type, a target that is there), CORRUPT and the like of the source, BROKEN (the target
// can't be written).
[[nodiscard]] Result<void> quantize(const std::string& source, const std::string& target,
                                    std::string_view type);

}  // namespace sluice::backends::llama2c
