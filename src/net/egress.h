// What a component may request: grants by method, scheme, host, port and path.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "net/url.h"

namespace sluice::net {

// One grant of a manifest: `[METHOD[,METHOD…] ]URL-PATTERN`.
//   https://api.github.com                                 all methods, all paths
//   GET,POST https://api.github.com/repos/{owner}/{repo}/** all below that path
//   GET https://*.example.org:8443/status                  any name below example.org, one port, one path
// A host is exact, `*.` and a domain of two or more labels (any depth below it, not itself), an address, or
// `localhost`. The port is the scheme's own unless given.
// A path is literal but for whole segments `*` (any one segment, not empty), `{name}` (a bound value, see
// match) and `**` (last only: any rest, none included). `/` grants the root alone.
struct EgressRule {
  enum class SegmentKind : std::uint8_t { literal, any, placeholder, rest };
  struct Segment {
    SegmentKind kind = SegmentKind::literal;
    std::string text;  // literal: percent-decoded; placeholder: its name
  };
  enum class HostMatch : std::uint8_t { exact, below };
  enum class PathMatch : std::uint8_t { all, pattern };

  std::string text;                  // as written, for messages
  std::vector<std::string> methods;  // upper case; empty: all
  Scheme scheme = Scheme::https;
  HostMatch host_match = HostMatch::exact;
  Host host;  // for `below`: the domain after "*."
  std::uint16_t port = 443;
  PathMatch path_match = PathMatch::all;
  std::vector<Segment> segments;
};

// Errors name the part that is wrong and what is expected.
[[nodiscard]] Result<EgressRule> parse_egress_rule(std::string_view text);

// Bound parameters of the link that a call came over, as text, by name.
using BoundValues = std::map<std::string, std::string, std::less<>>;

// `matched`, or the first part of the rule that the request falls outside of.
enum class EgressMatch : std::uint8_t { matched, scheme, host, port, method, path };

[[nodiscard]] std::string_view name_of(EgressMatch match);

// Compares decoded segments with each other, so that an encoding can't make a path look like another.
// `{name}` needs exactly the bound value; without one, any segment like `*`. `*`, `**` and a free `{name}`
// take no segment that holds an encoded slash or backslash or is encoded twice: servers differ in how they
// read these. For the same reason no pattern but `**` at its end takes empty segments (`//`), except the last
// (`/a/`).
[[nodiscard]] EgressMatch match(const EgressRule& rule, std::string_view method, const Url& url,
                                const BoundValues& bound);

// The first rule that grants the request. The error is `refused` and says which rule came closest and where
// the request falls outside it; it quotes the origin but neither path nor query.
[[nodiscard]] Result<const EgressRule*> find_grant(std::span<const EgressRule> rules, std::string_view method,
                                                   const Url& url, const BoundValues& bound);

}  // namespace sluice::net
