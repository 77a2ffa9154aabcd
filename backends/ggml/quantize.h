// Another file with smaller weights.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/result.h"

namespace sluice::backends::ggml {

// `type` as llama.cpp names it, say "Q4_0" or "q8_0". The target is made, or is there and empty; after a
// failure it holds what was written.
[[nodiscard]] Result<void> quantize(const std::string& source, const std::string& target,
                                    std::string_view type, std::uint32_t threads);

}  // namespace sluice::backends::ggml
