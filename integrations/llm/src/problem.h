// Why a model did not answer, as `sluice:llm/types.error` says it.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace llm {

struct Problem {
  enum class Kind : std::uint8_t { unavailable, rate_limited, context_too_long, invalid, refused, timeout };
  Kind kind = Kind::unavailable;
  std::string text;             // for people; empty for rate_limited, context_too_long and timeout
  std::uint32_t seconds = 0;    // rate_limited: until it is worth trying again; 0: not said
  std::uint32_t needed = 0;     // context_too_long: tokens; 0: not said
  std::uint32_t available = 0;  // context_too_long
};

template <class T>
using Outcome = std::expected<T, Problem>;

[[nodiscard]] inline Problem unavailable(std::string text) {
  return {Problem::Kind::unavailable, std::move(text)};
}
[[nodiscard]] inline Problem invalid(std::string text) {
  return {Problem::Kind::invalid, std::move(text)};
}
[[nodiscard]] inline Problem refused(std::string text) {
  return {Problem::Kind::refused, std::move(text)};
}
[[nodiscard]] inline Problem rate_limited(std::uint32_t seconds) {
  return {Problem::Kind::rate_limited, {}, seconds};
}
[[nodiscard]] inline Problem context_too_long(std::uint32_t needed, std::uint32_t available) {
  return {Problem::Kind::context_too_long, {}, 0, needed, available};
}

// What went wrong with one try, and whether another may follow.
struct Trouble {
  enum class Again : std::uint8_t {
    never,
    later,  // the server surely did not answer it: as often as the settings say
    once,   // it may have been carried out, and costs money: one more time at most
  };
  Problem problem;
  Again again = Again::never;
};

}  // namespace llm
