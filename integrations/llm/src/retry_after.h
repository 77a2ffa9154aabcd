// How long a server wants to be left alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "outside.h"

namespace llm {

// Milliseconds by `retry-after-ms`, or `retry-after` as seconds (also broken ones) or as a date of HTTP.
// Nothing where the answer does not say, or not so that it can be understood. `now` is seconds since 1970.
[[nodiscard]] std::optional<std::uint64_t> retry_after_ms(const HttpAnswer& answer, std::uint64_t now);

// A date as RFC 9110 has it (IMF-fixdate, e.g. `Sun, 06 Nov 1994 08:49:37 GMT`), in seconds since 1970.
[[nodiscard]] std::optional<std::uint64_t> http_date(std::string_view text);

// Decimal digits with at most one point between or before them, in millionths, rounded down: `1.5` is
// 1500000. Nothing for anything else and for more than 10^12.
[[nodiscard]] std::optional<std::uint64_t> decimal_micros(std::string_view text);

}  // namespace llm
