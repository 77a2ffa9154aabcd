// A model's part of a review, in two passes: it finds, and then it judges what it found against the code.
//
// Nothing that a model says is taken as it is. A finding counts if its quote stands in the lines that the
// model was shown, and the second pass keeps it; all else is dropped and counted. For each hunk the coverage
// says whether the model saw it, or why not.
#pragma once

#include <span>
#include <vector>

#include "handler.h"
#include "model/caps.h"
#include "model/model.h"
#include "review.h"

namespace review {

// For a review that is begun. Fills in `review.model` and the model's part of the coverage, and gives what
// passed the checks. `hints`: the claims of the signals. Nothing happens where `model` stands for none.
[[nodiscard]] std::vector<Claim> review_with(Model& model, Review& review, std::span<const Claim> hints,
                                             const ModelCaps& caps, const Outside& outside);

}  // namespace review
