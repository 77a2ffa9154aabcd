#include "model/spending.h"

#include "text.h"

namespace review {

// What the next calls cost is known from those before them only: as much for each token.
bool Spending::passes_cost(std::uint64_t tokens_more) const {
  if (!usage_.cost_micros) return false;
  if (*usage_.cost_micros >= caps_.cost_micros_max) return true;
  if (tokens() == 0) return false;
  const double each = static_cast<double>(*usage_.cost_micros) / static_cast<double>(tokens());
  return static_cast<double>(*usage_.cost_micros) + each * static_cast<double>(tokens_more) >
         static_cast<double>(caps_.cost_micros_max);
}

std::optional<std::string> Spending::reserve(std::uint64_t tokens_max, std::uint64_t now_ms) {
  if (usage_.calls >= caps_.calls_max) {
    return concat("the cap on calls was reached (`model-max-calls`, ", caps_.calls_max, ")");
  }
  if (tokens() + reserved_tokens_ + tokens_max > caps_.tokens_max) {
    return concat("the cap on tokens was reached (`model-max-tokens`, ", caps_.tokens_max, ")");
  }
  if (passes_cost(reserved_tokens_ + tokens_max)) return "the cap on cost was reached (`model-max-cost`)";
  if (now_ms >= started_ms_ + std::uint64_t{caps_.timeout_s} * 1000) {
    return concat("the time for the model was over (`model-timeout-s`, ", caps_.timeout_s, ")");
  }
  ++usage_.calls;
  reserved_tokens_ += tokens_max;
  return std::nullopt;
}

void Spending::count(const ModelAnswer& answer) {
  usage_.prompt_tokens += answer.prompt_tokens;
  usage_.answer_tokens += answer.answer_tokens;
  usage_.cached_tokens += answer.cached_tokens;
  if (answer.cost_micros) usage_.cost_micros = usage_.cost_micros.value_or(0) + *answer.cost_micros;
}

}  // namespace review
