// A rule, bound values and a URL, one a line: what is granted is what is sent, however a server reads the
// path.
#include "net/url.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/invariant.h"
#include "net/egress.h"

using namespace sluice;
using namespace sluice::net;

namespace {

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

void check_url(const Url& url) {
  const std::string& text = url.text();
  for (const char c : text) invariant(c > 0x20 && c < 0x7f, "a URL is printable ASCII without spaces");
  invariant(text.find_first_of("\\#\"<>^`{|}") == std::string::npos, "a URL has no character to be encoded");
  invariant(text.starts_with(url.origin() + url.path()), "a URL is made of its parts");
  invariant(url.path().starts_with('/') && url.port() != 0, "a URL has a path and a port");
  const auto again = parse_url(text);
  invariant(again.has_value() && again->text() == text && again->host() == url.host() &&
                again->segments() == url.segments() && again->query() == url.query(),
            "a canonical URL reads as itself");
}

// The path as a server may read it that decodes twice and splits at slashes of both kinds, in how deep it
// goes below the `depth` first segments: never above them.
void check_below(const Url& url, const std::vector<std::string>& prefix) {
  std::string path = url.path();
  for (int round = 0; round < 2; ++round) path = percent_decode(path).value_or(path);
  std::vector<std::string> parts;
  std::string part;
  for (const char c : path + "/") {
    if (c != '/' && c != '\\') {
      part.push_back(c);
      continue;
    }
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(part);
    part.clear();
  }
  invariant(parts.size() >= prefix.size(), "a granted path stays below its rule");
  for (std::size_t i = 0; i < prefix.size(); ++i)
    invariant(parts[i] == prefix[i], "a granted path stays put");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto rule = parse_egress_rule(take_line(text));
  const BoundValues bound{{"owner", std::string(take_line(text))}};
  const auto url = parse_url(text);
  if (url) check_url(*url);
  if (!url || !rule || match(*rule, "GET", *url, bound) != EgressMatch::matched) {
    return 0;
  }
  invariant(url->scheme() == rule->scheme && url->port() == rule->port, "a grant is for one scheme and port");
  if (rule->host_match == EgressRule::HostMatch::exact) {
    invariant(url->host() == rule->host, "an exact grant is for one host");
  } else {
    invariant(url->host().text.ends_with("." + rule->host.text), "a wider grant is for hosts below it");
  }
  std::vector<std::string> prefix;
  for (std::size_t i = 0; i < rule->segments.size(); ++i) {
    const auto& segment = rule->segments[i];
    if (segment.kind == EgressRule::SegmentKind::rest) break;
    if (segment.kind == EgressRule::SegmentKind::literal) {
      invariant(url->segments()[i] == segment.text, "a literal segment is equal");
    }
    if (segment.kind == EgressRule::SegmentKind::placeholder && segment.text == "owner") {
      invariant(url->segments()[i] == bound.at("owner"), "a bound segment is equal");
    }
    prefix.push_back(url->segments()[i]);
  }
  // Literals and bound values may hold what they like; wildcards may not.
  for (const std::string& segment : prefix) {
    if (segment.empty() || segment.find_first_of("/\\%") != std::string::npos) return 0;
  }
  if (rule->path_match == EgressRule::PathMatch::pattern) check_below(*url, prefix);
  return 0;
}
