// The few sentences at the head of a review, and its effort. Only what was counted is said.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "review.h"

namespace review {

// For a review of which all but the summary is there. A risk's severity may stand alone in it, its text
// doesn't.
[[nodiscard]] std::vector<std::string> summarize(const Review& review);

[[nodiscard]] Effort estimate_effort(const Review& review);

// Listed or not.
[[nodiscard]] std::uint64_t risks_seen(const Review& review);

// "2 high, 1 low": all that were seen, the most severe first; empty where there are none.
[[nodiscard]] std::string risk_counts(const Review& review);

}  // namespace review
