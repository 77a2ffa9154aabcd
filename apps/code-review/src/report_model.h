// What reports say of the model's part.
#pragma once

#include <string>
#include <vector>

#include "json_writer.h"
#include "report.h"
#include "review.h"

namespace review {

// For the footer: "by signals alone: no model was asked, 0 tokens", or what was asked and spent.
[[nodiscard]] std::string made_by(const Review& review);

// Sentences for the summary; none without a model.
[[nodiscard]] std::vector<std::string> model_sentences(const Review& review);

// Hunks that signals read and the model did not, by file and reason, in order.
[[nodiscard]] std::vector<CoverageGroup> unseen_by_model(const Review& review);

// How many hunks the model read.
[[nodiscard]] std::uint32_t hunks_seen_by_model(const Review& review);

// "signal:x", with the others who say so.
[[nodiscard]] std::string sources_of(const Risk& risk);

// The member `model` of the JSON report: null without a model.
void write_model(JsonWriter& json, const Review& review);

}  // namespace review
