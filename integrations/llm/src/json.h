// JSON as the providers' APIs want it, and careful reading of theirs.
#pragma once

#include <sluice/json.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "problem.h"

namespace llm {

using Json = sluice::guest::json::Json;
using sluice::guest::json::dump;
using sluice::guest::json::find;
using sluice::guest::json::get_text;
using sluice::guest::json::get_unsigned;

// The shortest decimal that is this number again: 0.7f is 0.7, not 0.699999988.
[[nodiscard]] Json shortest(float number);

// A JSON object that a request brings as text; `invalid` with `what` otherwise.
[[nodiscard]] Outcome<Json> parse_object(std::string_view text, std::string_view what);

// The member if it is text, else empty.
[[nodiscard]] std::string text_or_empty(const Json& value, std::string_view key);

// A count, cut to 32 bits; nothing where it is none.
[[nodiscard]] std::optional<std::uint32_t> get_count(const Json& value, std::string_view key);

// The number as a float; nothing where it is none.
[[nodiscard]] std::optional<float> get_float(const Json& value, std::string_view key);

// The items of a member that is a list; none where it is something else.
[[nodiscard]] const Json& items_of(const Json& value, std::string_view key);

// The whole numbers in a text, commas within them allowed: `maximum of 8,192 tokens` has 8192.
[[nodiscard]] std::vector<std::uint32_t> numbers_in(std::string_view text);

}  // namespace llm
