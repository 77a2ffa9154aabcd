// Where a model says of a line what a signal says of it too: one risk, told once.
#pragma once

#include <cstdint>
#include <vector>

#include "anchor.h"

namespace review {

// A model's risk on lines of a signal's risk goes into that: it keeps its fingerprint, names the model beside
// its source, has the higher severity of both, and the model's sentence after its own. Gives how many went.
[[nodiscard]] std::uint32_t join_model_risks(std::vector<Risk>& risks);

}  // namespace review
