// Why an operation failed, as `sluice:github/pulls.error` says it.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace github {

struct Problem {
  enum class Kind : std::uint8_t { not_found, forbidden, rate_limited, invalid, unavailable };
  Kind kind = Kind::unavailable;
  std::string text;           // for people; empty for not_found and rate_limited
  std::uint32_t seconds = 0;  // rate_limited: until it is worth trying again
};

template <class T>
using Outcome = std::expected<T, Problem>;

[[nodiscard]] inline std::unexpected<Problem> not_found() {
  return std::unexpected(Problem{Problem::Kind::not_found, {}, 0});
}
[[nodiscard]] inline std::unexpected<Problem> forbidden(std::string text) {
  return std::unexpected(Problem{Problem::Kind::forbidden, std::move(text), 0});
}
[[nodiscard]] inline std::unexpected<Problem> rate_limited(std::uint32_t seconds) {
  return std::unexpected(Problem{Problem::Kind::rate_limited, {}, seconds});
}
[[nodiscard]] inline std::unexpected<Problem> invalid(std::string text) {
  return std::unexpected(Problem{Problem::Kind::invalid, std::move(text), 0});
}
[[nodiscard]] inline std::unexpected<Problem> unavailable(std::string text) {
  return std::unexpected(Problem{Problem::Kind::unavailable, std::move(text), 0});
}

}  // namespace github
