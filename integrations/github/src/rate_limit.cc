#include "rate_limit.h"

#include <algorithm>

#include "text.h"

namespace github {
namespace {

// Where GitHub names no time: "wait for at least one minute", and longer each time.
constexpr std::uint64_t unnamed_seconds = 60;
constexpr std::uint64_t seconds_max = 24 * 3600;

std::optional<std::uint64_t> number_in(const HttpAnswer& answer, std::string_view name) {
  const std::string* text = answer.header(name);
  return text == nullptr ? std::nullopt : to_number(*text);
}

}  // namespace

std::optional<std::uint64_t> rate_limit_seconds(const HttpAnswer& answer, std::uint64_t now,
                                                std::uint32_t repeats) {
  if (answer.status != 403 && answer.status != 429) return std::nullopt;
  if (const std::optional<std::uint64_t> after = number_in(answer, "retry-after")) {
    return std::clamp<std::uint64_t>(*after, 1, seconds_max);
  }
  if (number_in(answer, "x-ratelimit-remaining") == std::uint64_t{0}) {
    const std::uint64_t reset = number_in(answer, "x-ratelimit-reset").value_or(now + unnamed_seconds);
    return std::clamp<std::uint64_t>(reset > now ? reset - now : 0, 1, seconds_max);
  }
  if (answer.status == 429 || contains_ignoring_case(answer.body, "secondary rate limit")) {
    return std::min(unnamed_seconds << std::min(repeats, 10U), seconds_max);
  }
  return std::nullopt;
}

}  // namespace github
