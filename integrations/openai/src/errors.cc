#include "errors.h"

#include <algorithm>
#include <array>
#include <optional>

#include "client.h"
#include "common_text.h"

namespace openai {
namespace {

using common::contains_ignoring_case;
using llm::Json;
using llm::Trouble;

constexpr std::size_t message_bytes_max = 400;
constexpr std::array<std::string_view, 6> not_known_signs = {"unsupported",   "not supported", "unrecognized",
                                                             "unknown field", "not permitted", "unexpected"};

// The parts of `{"error": {"message", "type", "param", "code"}}`, and of the forms that other servers have.
struct ErrorParts {
  std::string message;
  std::string type;
  std::string param;
  std::string code;
  std::optional<std::uint32_t> needed;
  std::optional<std::uint32_t> available;
};

ErrorParts parts_of(const Json& answer) {
  const Json* inner = llm::find(answer, "error");
  const Json& error = inner != nullptr && inner->is_object() ? *inner : answer;
  ErrorParts parts;
  parts.message = llm::text_or_empty(error, "message");
  if (parts.message.empty() && inner != nullptr && inner->is_string())
    parts.message = llm::text_or_empty(answer, "error");
  if (parts.message.empty()) parts.message = llm::text_or_empty(answer, "detail");
  parts.message = common::one_line(parts.message, message_bytes_max);
  parts.type = llm::text_or_empty(error, "type");
  parts.param = llm::text_or_empty(error, "param");
  parts.code = llm::text_or_empty(error, "code");
  parts.needed = llm::get_count(error, "n_prompt_tokens");
  parts.available = llm::get_count(error, "n_ctx");
  return parts;
}

ErrorParts parts_of(const llm::HttpAnswer& answer) {
  const auto json = sluice::guest::json::parse(answer.body);
  return json ? parts_of(*json) : ErrorParts{};
}

bool is_overflow(const ErrorParts& parts) {
  if (parts.code == "context_length_exceeded" || parts.type == "exceed_context_size_error") return true;
  for (const std::string_view sign : {"maximum context length", "context length exceeded", "context size",
                                      "context window", "prompt is too long"}) {
    if (contains_ignoring_case(parts.message, sign)) return true;
  }
  return false;
}

// `… maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens …`: the prompt's
// number is the larger one.
llm::Problem overflow(const ErrorParts& parts, const llm::Settings& settings) {
  std::uint32_t available = parts.available.value_or(0);
  std::uint32_t needed = parts.needed.value_or(0);
  const std::vector<std::uint32_t> numbers = llm::numbers_in(parts.message);
  if (available == 0 && numbers.size() >= 2) {
    available = std::min(numbers[0], numbers[1]);
    needed = std::max(numbers[0], numbers[1]);
  } else if (available == 0) {
    available = numbers.empty() ? settings.context_tokens.value_or(0) : numbers[0];
  }
  return llm::context_too_long(needed, available);
}

std::optional<Trouble> judge_parts(const ErrorParts& parts, const llm::Settings& settings) {
  if (is_overflow(parts)) return Trouble{overflow(parts, settings)};
  if (parts.code == "insufficient_quota" || parts.type == "insufficient_quota")
    return Trouble{llm::refused("the account's quota is used up: " + parts.message)};
  if (parts.code == "content_filter" || parts.code == "content_policy_violation")
    return Trouble{llm::refused("the provider's content filter refused it: " + parts.message)};
  return std::nullopt;
}

}  // namespace

Trouble judge_answer(const llm::HttpAnswer& answer, std::uint64_t now, const llm::Settings& settings) {
  const ErrorParts parts = parts_of(answer);
  const bool for_its_content = answer.status == 400 || answer.status == 413 || answer.status == 422;
  // A server that breaks down over a long prompt says so with a 5xx: trying again would not help.
  if (for_its_content || answer.status == 403 || answer.status == 429 || answer.status == 500) {
    if (std::optional<Trouble> known = judge_parts(parts, settings)) return *known;
  }
  return llm::judge_status(answer, now, parts.message, settings);
}

Trouble judge_error(const Json& error, const llm::Settings& settings) {
  const ErrorParts parts = parts_of(error);
  if (std::optional<Trouble> known = judge_parts(parts, settings)) return *known;
  for (const std::string& name : {parts.type, parts.code}) {
    if (contains_ignoring_case(name, "rate_limit")) return {llm::rate_limited(0), Trouble::Again::later};
    if (contains_ignoring_case(name, "invalid_request")) return {llm::invalid(parts.message)};
  }
  return {llm::unavailable("the provider broke off with an error: " + parts.message), Trouble::Again::later};
}

std::string refused_field(const llm::HttpAnswer& answer) {
  const ErrorParts parts = parts_of(answer);
  // A field may also be refused for its value; another field would not help then.
  const bool unknown = parts.code == "unsupported_parameter" || parts.code == "unknown_parameter" ||
                       std::ranges::any_of(not_known_signs, [&](std::string_view sign) {
                         return contains_ignoring_case(parts.message, sign);
                       });
  if (!unknown) return {};
  if (!parts.param.empty()) return parts.param;
  // `Unsupported parameter: 'max_tokens' … Use 'max_completion_tokens' instead.`: the first one named.
  std::string found;
  std::size_t first = std::string::npos;
  for (const std::string_view field : {"max_tokens", "max_completion_tokens", "stream_options"}) {
    const std::size_t at = parts.message.find(field);
    if (at < first) {
      first = at;
      found = field;
    }
  }
  return found;
}

}  // namespace openai
