#include "net/url.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <memory>

namespace sluice::net {

namespace {

constexpr std::string_view pct = "percent-encode it";

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The characters that RFC 3986 allows in a path or query, the percent sign among them.
constexpr bool is_url_character(char c) {
  return is_alpha(c) || is_digit(c) || std::string_view("-._~!$&'()*+,;=:@/?%").contains(c);
}

auto bad(std::string why, std::string todo = {}) {
  return fail(ErrorCode::invalid_input, "read the URL", std::move(why), std::move(todo));
}

auto bad_host(std::string_view host, std::string why, std::string todo = {}) {
  return fail(ErrorCode::invalid_input, fmt::format("read the host '{}'", host), std::move(why),
              std::move(todo));
}

// What some parser might take for an IPv4 address: the last label is a number.
bool ends_in_number(std::string_view host) {
  const std::size_t dot = host.rfind('.');
  const std::string_view label = dot == std::string_view::npos ? host : host.substr(dot + 1);
  if (label.starts_with("0x")) {
    return std::ranges::all_of(label.substr(2), [](char c) { return hex_value(c) >= 0; });
  }
  return !label.empty() && std::ranges::all_of(label, is_digit);
}

Status check_name(std::string_view host) {
  if (host.size() > 253)
    return bad_host(host.substr(0, 60), "it is longer than the 253 bytes that DNS allows");
  for (std::size_t begin = 0; begin <= host.size();) {
    const std::size_t end = std::min(host.find('.', begin), host.size());
    const std::string_view label = host.substr(begin, end - begin);
    if (label.empty())
      return bad_host(host, "it has an empty label", "leave out dots at the ends and double dots");
    if (label.size() > 63) return bad_host(host, "a label is longer than the 63 bytes that DNS allows");
    if (label.front() == '-' || label.back() == '-')
      return bad_host(host, "a label begins or ends with a hyphen");
    for (const char c : label) {
      if (is_alpha(c) || is_digit(c) || c == '-' || c == '_') continue;
      return bad_host(host, "it has a character that no DNS name has",
                      "write names in other scripts in their punycode form (xn--…)");
    }
    begin = end + 1;
  }
  return {};
}

Result<Host> parse_ipv6(std::string_view text) {
  const std::string inner(text.substr(1, text.size() - 2));
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address_v6(inner, ec);
  // A zone ("%eth0") names an interface of this machine.
  if (ec || inner.contains('%')) return bad_host(text, "it is no IPv6 address");
  return Host{HostKind::ipv6, address.to_string()};
}

struct CurlUrlDelete {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using CurlUrl = std::unique_ptr<CURLU, CurlUrlDelete>;

struct CurlFree {
  void operator()(char* text) const { curl_free(text); }
};

std::optional<std::string> get(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return std::nullopt;
  const std::unique_ptr<char, CurlFree> owner(text);
  return std::string(text);
}

// The parts of the URL that are ours to read before libcurl reads them, for the checks that its parser lacks.
struct Raw {
  Scheme scheme;
  std::string_view host;  // with brackets
  std::string_view port;  // empty: none
};

Result<Raw> read_raw(std::string_view text) {
  if (text.size() > url_bytes_max) return bad(fmt::format("it is longer than {} bytes", url_bytes_max));
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return bad("it is not absolute", "begin it with https://");
  const std::string scheme = to_lower(text.substr(0, colon));
  if (scheme != "http" && scheme != "https") {
    return bad("only http and https are spoken here", "begin it with https://");
  }
  Raw raw{scheme == "http" ? Scheme::http : Scheme::https, {}, {}};
  const std::string_view rest = text.substr(colon + 3);
  if (rest.contains('#')) return bad("it has a fragment (#…), which is never sent", "leave the fragment out");
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  if (authority.contains('@')) {
    return bad("it has user-info (user:password@)", "send credentials in a header, from a secret");
  }
  std::size_t host_end = authority.find(':');
  if (authority.starts_with('[')) {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) return bad("the bracket before the IPv6 address is never closed");
    host_end = bracket + 1 < authority.size() ? bracket + 1 : std::string_view::npos;
    if (host_end != std::string_view::npos && authority[host_end] != ':') {
      return bad("something other than a port follows the IPv6 address");
    }
  }
  raw.host = authority.substr(0, host_end);
  if (host_end != std::string_view::npos) {
    raw.port = authority.substr(host_end + 1);
    if (raw.port.empty()) return bad("the port after the colon is missing");
  }
  if (raw.host.empty()) return bad("it has no host");
  return raw;
}

Status check_characters(std::string_view path_and_query) {
  for (std::size_t i = 0; i < path_and_query.size(); ++i) {
    const char c = path_and_query[i];
    if (!is_url_character(c)) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte <= 0x20 || byte == 0x7f) return bad("it has a space or a control character", std::string(pct));
      if (byte >= 0x80)
        return bad("it has characters that are not ASCII", "percent-encode their UTF-8 bytes");
      return bad(fmt::format("it has the character '{}', which no URL may hold as it is", c),
                 std::string(pct));
    }
  }
  return {};
}

// Whether a part of a path, as some server may read it, moves up or stays: "." or "..", also before ";…".
bool is_dot_part(std::string_view part) {
  part = part.substr(0, part.find(';'));
  return part == "." || part == "..";
}

// A segment is judged as a server would that decodes before it splits, and splits at backslashes, too.
Status check_segment(std::string_view decoded) {
  for (const char c : decoded) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return bad("its path has an encoded control character");
  }
  for (std::size_t begin = 0; begin <= decoded.size();) {
    const std::size_t end = std::min(decoded.find_first_of("/\\", begin), decoded.size());
    if (is_dot_part(decoded.substr(begin, end - begin))) {
      return bad("its path has a dot segment (. or ..)", "write the path that is meant");
    }
    begin = end + 1;
  }
  return {};
}

Result<std::vector<std::string>> read_segments(std::string_view path) {
  std::vector<std::string> segments;
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    auto decoded = percent_decode(path.substr(begin, end - begin));
    if (!decoded)
      return bad("a percent sign in its path is not followed by two hexadecimal digits", "write %25");
    if (auto ok = check_segment(*decoded); !ok) return std::unexpected(ok.error());
    segments.push_back(std::move(*decoded));
    begin = end + 1;
  }
  return segments;
}

Result<std::uint16_t> read_port(std::string_view text) {
  unsigned port = 0;
  for (const char c : text) {
    if (!is_digit(c) || port > 65535) return bad("the port is not a number from 1 to 65535");
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  if (port == 0 || port > 65535) return bad("the port is not a number from 1 to 65535");
  return static_cast<std::uint16_t>(port);
}

}  // namespace

std::string_view name_of(Scheme scheme) {
  return scheme == Scheme::http ? "http" : "https";
}

std::uint16_t default_port(Scheme scheme) {
  return scheme == Scheme::http ? 80 : 443;
}

std::string Host::in_url() const {
  return kind == HostKind::ipv6 ? fmt::format("[{}]", text) : text;
}

bool is_loopback(const Host& host) {
  return host.text == "localhost" || host.text == "::1" ||
         (host.kind == HostKind::ipv4 && host.text.starts_with("127."));
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

Result<Host> parse_host(std::string_view text) {
  if (text.empty()) return bad_host(text, "it is empty");
  if (text.starts_with('[') && text.ends_with(']')) return parse_ipv6(text);
  if (auto ok = check_name(text); !ok) return std::unexpected(ok.error());
  std::string name = to_lower(text);
  if (!ends_in_number(name)) return Host{HostKind::name, std::move(name)};
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address_v4(name, ec);
  if (ec || address.to_string() != name) {
    return bad_host(text, "parsers differ on whether and which address it is", "write a.b.c.d in decimal");
  }
  return Host{HostKind::ipv4, std::move(name)};
}

std::string Url::origin() const {
  std::string out = fmt::format("{}://{}", name_of(scheme_), host_.in_url());
  if (port_ != default_port(scheme_)) out += fmt::format(":{}", port_);
  return out;
}

Result<Url> parse_url(std::string_view text) {
  const auto raw = read_raw(text);
  if (!raw) return std::unexpected(raw.error());
  auto raw_host = parse_host(raw->host);
  if (!raw_host) return std::unexpected(raw_host.error());
  const auto raw_port = raw->port.empty() ? default_port(raw->scheme) : read_port(raw->port);
  if (!raw_port) return std::unexpected(raw_port.error());
  const auto tail_begin = static_cast<std::size_t>(raw->host.data() + raw->host.size() - text.data());
  if (auto ok = check_characters(text.substr(tail_begin)); !ok) return std::unexpected(ok.error());

  const CurlUrl parsed(curl_url());
  const std::string terminated(text);
  const CURLUcode code =
      curl_url_set(parsed.get(), CURLUPART_URL, terminated.c_str(), CURLU_PATH_AS_IS | CURLU_DISALLOW_USER);
  if (code != CURLUE_OK) return bad(curl_url_strerror(code));

  Url url;
  url.scheme_ = raw->scheme;
  if (get(parsed.get(), CURLUPART_SCHEME) != name_of(raw->scheme)) return bad("its scheme reads in two ways");
  auto host = parse_host(get(parsed.get(), CURLUPART_HOST).value_or(""));
  if (!host) return std::unexpected(host.error());
  if (*host != *raw_host) return bad("its host reads in two ways");
  url.host_ = std::move(*host);

  const auto port = read_port(get(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or(""));
  if (!port) return std::unexpected(port.error());
  if (*port != *raw_port) return bad("its port reads in two ways");
  url.port_ = *port;

  url.path_ = get(parsed.get(), CURLUPART_PATH).value_or("/");
  auto segments = read_segments(url.path_);
  if (!segments) return std::unexpected(segments.error());
  url.segments_ = std::move(*segments);
  url.query_ = get(parsed.get(), CURLUPART_QUERY);
  if (url.query_ && !percent_decode(*url.query_)) {
    return bad("a percent sign in its query is not followed by two hexadecimal digits", "write %25");
  }
  url.text_ = url.origin() + url.path_;
  if (url.query_) url.text_.append("?").append(*url.query_);
  return url;
}

}  // namespace sluice::net
