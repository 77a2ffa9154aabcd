// GitHub's rate limits, as its answers tell of them.
#pragma once

#include <cstdint>
#include <optional>

#include "outside.h"

namespace github {

// Seconds (at least 1) until the same request may be sent again, if GitHub refused it for its rate; else
// nothing. `repeats`: how often this request was refused so before. Source: docs.github.com, "Rate limits for
// the REST API".
[[nodiscard]] std::optional<std::uint64_t> rate_limit_seconds(const HttpAnswer& answer, std::uint64_t now,
                                                              std::uint32_t repeats);

}  // namespace github
