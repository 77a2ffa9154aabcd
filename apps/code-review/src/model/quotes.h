// From what a model found to a claim whose quote stands in what the model was shown.
#pragma once

#include <optional>
#include <string>

#include "anchor.h"
#include "diff.h"
#include "model/answers.h"
#include "model/pieces.h"

namespace review {

// Models quote with small faults: with the marks of the diff, with other blanks, or a part of a line only.
// Those are mended; a quote that is not in the batch's lines even so, or is hardly more than a bracket, gives
// nothing.
[[nodiscard]] std::optional<Risk> resolve(const Change& change, const Batch& batch, const Found& found,
                                          const std::string& source);

}  // namespace review
