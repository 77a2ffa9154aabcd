#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "net/http_client.h"

namespace sluice::net {

namespace {

// What frames the message, names the connection or its peer, or is negotiated by the client itself.
constexpr std::array<std::string_view, 13> reserved_names{
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
};

constexpr bool is_token(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

}  // namespace

Status check_header(std::string_view name, std::string_view value) {
  if (name.empty() || !std::ranges::all_of(name, is_token)) {
    return fail(ErrorCode::invalid_input, "set a request header",
                "its name is empty or has a character that no name has", "use letters, digits and hyphens");
  }
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (std::ranges::binary_search(reserved_names, lower) || lower.starts_with("proxy-") ||
      lower.starts_with("x-forwarded-")) {
    return fail(ErrorCode::refused, fmt::format("set the request header '{}'", lower),
                "the host alone sets it", "leave it out");
  }
  const bool plain = std::ranges::all_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 || byte == '\t') && byte != 0x7f;
  });
  if (!plain) {
    return fail(ErrorCode::invalid_input, fmt::format("set the request header '{}'", lower),
                "its value has a line break or another control character", "remove or encode it");
  }
  return {};
}

}  // namespace sluice::net
