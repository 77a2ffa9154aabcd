// From what a model found to a claim whose quote stands in what the model was shown.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "anchor.h"
#include "diff.h"
#include "model/answers.h"
#include "model/pieces.h"

namespace review {

// Models quote with small faults: with the marks of the diff, with other blanks, or a part of a line only.
// Those are mended. What stays unresolved:
enum class Unresolved : std::uint8_t {
  not_shown,      // the quote is not in the batch's lines of that file
  too_little,     // a bracket, or a few letters that stand in several lines or within one
  without_reason  // the finding does not say why
};

[[nodiscard]] std::expected<Risk, Unresolved> resolve(const Change& change, const Batch& batch,
                                                      const Found& found, const std::string& source);

}  // namespace review
