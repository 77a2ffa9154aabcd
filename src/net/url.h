// The one parse of a URL: by libcurl, which also connects, so that what is checked is what is connected to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace sluice::net {

enum class Scheme : std::uint8_t { http, https };

[[nodiscard]] std::string_view name_of(Scheme scheme);
[[nodiscard]] std::uint16_t default_port(Scheme scheme);

// Kinds of hosts, which decide what a connection may reach (address.h).
enum class HostKind : std::uint8_t { name, ipv4, ipv6 };

// A host in its one canonical form: names in lower case, IPv6 shortest and without brackets.
struct Host {
  HostKind kind = HostKind::name;
  std::string text;

  // As it stands in a URL: IPv6 in brackets.
  [[nodiscard]] std::string in_url() const;
  friend bool operator==(const Host&, const Host&) = default;
};

// Whether it is this machine as far as its text tells: `localhost`, 127.0.0.0/8, ::1. Names are not resolved.
[[nodiscard]] bool is_loopback(const Host& host);

// `text` is a host as in a URL: a DNS name (letters, digits, hyphens, underscores, dots), a dotted IPv4
// address or an IPv6 address in brackets. Refused: upper limits of DNS passed, a dot at the end, empty
// labels, percent signs, zones, anything not ASCII (write the punycode form), and numbers that only some
// parsers read as an address (0x7f.1, 2130706433, 017.0.0.1).
[[nodiscard]] Result<Host> parse_host(std::string_view text);

// An absolute http or https URL that was parsed and found plain. Only parse_url makes one.
class Url {
 public:
  [[nodiscard]] Scheme scheme() const { return scheme_; }
  [[nodiscard]] const Host& host() const { return host_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  // As sent, percent-encoding untouched; at least "/".
  [[nodiscard]] const std::string& path() const { return path_; }
  // Percent-decoded segments of the path: {"a", "b c"} of "/a/b%20c", {"a", ""} of "/a/", {""} of "/".
  [[nodiscard]] const std::vector<std::string>& segments() const { return segments_; }
  // Without the question mark; none if there was no question mark.
  [[nodiscard]] const std::optional<std::string>& query() const { return query_; }
  // The canonical URL, made of the parts above: exactly what the client requests. It may hold secrets that
  // were put into path or query; `origin` never does.
  [[nodiscard]] const std::string& text() const { return text_; }
  // "https://example.org", with a port if it isn't the scheme's own.
  [[nodiscard]] std::string origin() const;

 private:
  friend Result<Url> parse_url(std::string_view text);
  Url() = default;

  Scheme scheme_ = Scheme::https;
  Host host_;
  std::uint16_t port_ = 0;
  std::string path_;
  std::vector<std::string> segments_;
  std::optional<std::string> query_;
  std::string text_;
};

inline constexpr std::size_t url_bytes_max = 8192;

// Refused besides what parse_host refuses: relative URLs, other schemes, user-info, fragments, more than
// url_bytes_max bytes, characters that RFC 3986 wants encoded (spaces, controls, backslashes, quotes, braces,
// not ASCII), broken percent-encoding, an encoded control character in the path, and dot segments in the path
// in any disguise: /../, /%2e%2e/, /a%2f..%2fb, /..;x/. Errors quote no path and no query, which may hold
// secrets.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

// "%2F" to "/"; none if a percent sign isn't followed by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace sluice::net
