// Base64 (RFC 4648, section 4: the standard alphabet, with padding).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

[[nodiscard]] std::string to_base64(std::string_view bytes);

// Only what to_base64 writes: white space, missing padding and stray bits are refused.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace sluice
