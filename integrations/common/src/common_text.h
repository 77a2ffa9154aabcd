// Small helpers on text: encoding, checking and cutting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace common {

// Percent-encodes everything but RFC 3986's unreserved characters.
[[nodiscard]] std::string percent_encoded(std::string_view text);

// RFC 4648 base64, line breaks ignored; nothing if it is not base64.
[[nodiscard]] std::optional<std::string> base64_decoded(std::string_view text);

// Whether it is UTF-8 without NUL: what Sluice passes on as text.
[[nodiscard]] bool is_text(std::string_view bytes);

// Unicode scalar values in valid UTF-8.
[[nodiscard]] std::size_t characters_in(std::string_view text);

// A decimal number of the whole text; nothing where it is none or does not fit.
[[nodiscard]] std::optional<std::uint64_t> to_number(std::string_view text);

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] bool contains_ignoring_case(std::string_view text, std::string_view part);

// At most `bytes` of a message from outside, on one line, cut at a character.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t bytes);

// FNV-1a, to spread keys; not for secrets.
[[nodiscard]] std::uint64_t hash_of(std::string_view text);

}  // namespace common
