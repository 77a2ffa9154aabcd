#include "errors.h"

#include <algorithm>
#include <optional>

#include "client.h"
#include "common_text.h"

namespace anthropic {
namespace {

using common::contains_ignoring_case;
using llm::Json;
using llm::Trouble;

constexpr std::size_t message_bytes_max = 400;

struct ErrorParts {
  std::string type;
  std::string message;
};

ErrorParts parts_of(const Json& answer) {
  const Json* error = llm::find(answer, "error");
  if (error == nullptr) return {};
  return {llm::text_or_empty(*error, "type"),
          common::one_line(llm::text_or_empty(*error, "message"), message_bytes_max)};
}

// `prompt is too long: 210000 tokens > 200000 maximum`, or
// `input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, …`
std::optional<llm::Problem> overflow(const std::string& message) {
  const std::vector<std::uint32_t> numbers = llm::numbers_in(message);
  if (contains_ignoring_case(message, "prompt is too long"))
    return llm::context_too_long(numbers.empty() ? 0 : numbers[0], numbers.size() < 2 ? 0 : numbers[1]);
  if (!contains_ignoring_case(message, "exceed context limit")) return std::nullopt;
  if (numbers.size() < 3) return llm::context_too_long(0, 0);
  return llm::context_too_long(numbers[0] > UINT32_MAX - numbers[1] ? UINT32_MAX : numbers[0] + numbers[1],
                               numbers[2]);
}

std::optional<Trouble> judge_parts(const ErrorParts& parts) {
  if (std::optional<llm::Problem> problem = overflow(parts.message)) return Trouble{std::move(*problem)};
  if (parts.type == "billing_error" || contains_ignoring_case(parts.message, "credit balance"))
    return Trouble{llm::refused("the account's credit is used up: " + parts.message)};
  return std::nullopt;
}

}  // namespace

Trouble judge_answer(const llm::HttpAnswer& answer, std::uint64_t now, const llm::Settings& settings) {
  const auto json = sluice::guest::json::parse(answer.body);
  const ErrorParts parts = json ? parts_of(*json) : ErrorParts{};
  if (answer.status >= 400 && answer.status < 500 && answer.status != 429) {
    if (std::optional<Trouble> known = judge_parts(parts)) return std::move(*known);
  }
  return llm::judge_status(answer, now, parts.message, settings);
}

Trouble judge_error(const Json& event, const llm::Settings& settings) {
  const ErrorParts parts = parts_of(event);
  if (std::optional<Trouble> known = judge_parts(parts)) return std::move(*known);
  const std::string text = "the provider broke off with an error: " + parts.message;
  if (parts.type == "rate_limit_error") return {llm::rate_limited(0), Trouble::Again::later};
  if (parts.type == "invalid_request_error" || parts.type == "not_found_error") return {llm::invalid(text)};
  if (parts.type == "request_too_large")
    return {llm::context_too_long(0, settings.context_tokens.value_or(0))};
  if (parts.type == "authentication_error" || parts.type == "permission_error") return {llm::refused(text)};
  return {llm::unavailable(text), Trouble::Again::later};
}

}  // namespace anthropic
