#include "net/egress.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace sluice::net {

namespace {

auto bad_rule(std::string_view rule, std::string why, std::string todo = {}) {
  return fail(ErrorCode::invalid_input, fmt::format("read the egress rule '{}'", rule), std::move(why),
              std::move(todo));
}

bool is_method(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
}

bool is_placeholder_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Result<std::vector<std::string>> read_methods(std::string_view rule, std::string_view list) {
  std::vector<std::string> methods;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string_view method = list.substr(begin, end - begin);
    if (!is_method(method)) {
      return bad_rule(rule, fmt::format("'{}' is not a method", method),
                      "write methods in upper case with commas and no spaces between: GET,POST https://…");
    }
    methods.emplace_back(method);
    begin = end + 1;
  }
  return methods;
}

Result<EgressRule::Segment> read_segment(std::string_view rule, std::string_view text) {
  using Kind = EgressRule::SegmentKind;
  if (text == "*") return EgressRule::Segment{Kind::any, {}};
  if (text == "**") return EgressRule::Segment{Kind::rest, {}};
  if (text.starts_with('{') && text.ends_with('}') && is_placeholder_name(text.substr(1, text.size() - 2))) {
    return EgressRule::Segment{Kind::placeholder, std::string(text.substr(1, text.size() - 2))};
  }
  if (text.find_first_of("*{}") != std::string_view::npos) {
    return bad_rule(rule, fmt::format("'{}' mixes a pattern with other text", text),
                    "patterns stand for whole segments: *, ** or {name}; write a literal star as %2A");
  }
  return EgressRule::Segment{Kind::literal, std::string(text)};
}

// Patterns become literals of a URL, so that parse_url judges the rest as it judges a request.
Status read_path(EgressRule& rule, std::string_view path) {
  std::string literal_path;
  std::vector<EgressRule::Segment> segments;
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    auto segment = read_segment(rule.text, path.substr(begin, end - begin));
    if (!segment) return std::unexpected(segment.error());
    if (!segments.empty() && segments.back().kind == EgressRule::SegmentKind::rest) {
      return bad_rule(rule.text, "something follows **",
                      "** stands for the whole rest of the path: put it last");
    }
    if (segment->kind == EgressRule::SegmentKind::literal && segment->text.empty() && end != path.size()) {
      return bad_rule(rule.text, "its path has an empty segment (//)", "write one slash");
    }
    literal_path += "/";
    literal_path += segment->kind == EgressRule::SegmentKind::literal ? segment->text : "x";
    segments.push_back(std::move(*segment));
    begin = end + 1;
  }
  const auto url = parse_url(fmt::format("https://host{}", literal_path));
  if (!url) return bad_rule(rule.text, url.error().why, url.error().todo);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].kind == EgressRule::SegmentKind::literal) segments[i].text = url->segments()[i];
  }
  rule.path_match = EgressRule::PathMatch::pattern;
  rule.segments = std::move(segments);
  return {};
}

Status read_origin(EgressRule& rule, std::string_view scheme, std::string_view authority) {
  if (authority.starts_with("*.")) {
    rule.host_match = EgressRule::HostMatch::below;
    authority.remove_prefix(2);
  }
  if (authority.contains('*')) {
    return bad_rule(rule.text, "a star in a host stands only for whole names at its beginning",
                    "write *.example.org or the exact host");
  }
  const auto url = parse_url(fmt::format("{}://{}", scheme, authority));
  if (!url) return bad_rule(rule.text, url.error().why, url.error().todo);
  rule.scheme = url->scheme();
  rule.host = url->host();
  rule.port = url->port();
  if (rule.host_match == EgressRule::HostMatch::below &&
      (rule.host.kind != HostKind::name || !rule.host.text.contains('.'))) {
    return bad_rule(rule.text, "*. needs a domain of at least two labels after it",
                    "write *.example.org or the exact host");
  }
  return {};
}

// Whether `*` may take this segment: nothing in it that a server might read as a separator or decode again.
bool is_plain(std::string_view segment) {
  if (segment.empty() || segment.find_first_of("/\\") != std::string_view::npos) return false;
  for (std::size_t i = segment.find('%'); i != std::string_view::npos; i = segment.find('%', i + 1)) {
    if (i + 2 < segment.size() && percent_decode(segment.substr(i, 3))) return false;
  }
  return true;
}

bool match_segment(const EgressRule::Segment& rule, std::string_view segment, const BoundValues& bound) {
  switch (rule.kind) {
    case EgressRule::SegmentKind::literal:
      return segment == rule.text;
    case EgressRule::SegmentKind::placeholder:
      if (const auto value = bound.find(rule.text); value != bound.end()) return segment == value->second;
      return is_plain(segment);
    case EgressRule::SegmentKind::any:
    case EgressRule::SegmentKind::rest:
      return is_plain(segment);
  }
  return false;
}

bool match_path(const EgressRule& rule, const std::vector<std::string>& segments, const BoundValues& bound) {
  const bool has_rest = !rule.segments.empty() && rule.segments.back().kind == EgressRule::SegmentKind::rest;
  const std::size_t fixed = rule.segments.size() - (has_rest ? 1 : 0);
  if (has_rest ? segments.size() < fixed : segments.size() != fixed) return false;
  for (std::size_t i = 0; i < fixed; ++i) {
    if (!match_segment(rule.segments[i], segments[i], bound)) return false;
  }
  return std::all_of(segments.begin() + static_cast<std::ptrdiff_t>(fixed), segments.end(),
                     [](const std::string& segment) { return segment.empty() || is_plain(segment); });
}

bool match_host(const EgressRule& rule, const Host& host) {
  if (rule.host_match == EgressRule::HostMatch::exact) return host == rule.host;
  return host.kind == HostKind::name && host.text.size() > rule.host.text.size() + 1 &&
         host.text.ends_with(rule.host.text) &&
         host.text[host.text.size() - rule.host.text.size() - 1] == '.';
}

std::string reason(EgressMatch closest, const EgressRule& rule) {
  if (closest == EgressMatch::host || closest == EgressMatch::scheme)
    return "no egress rule names this origin";
  return fmt::format("the {} falls outside the egress rule '{}'", name_of(closest), rule.text);
}

}  // namespace

std::string_view name_of(EgressMatch match) {
  switch (match) {
    case EgressMatch::matched:
      return "matched";
    case EgressMatch::scheme:
      return "scheme";
    case EgressMatch::host:
      return "host";
    case EgressMatch::port:
      return "port";
    case EgressMatch::method:
      return "method";
    case EgressMatch::path:
      return "path";
  }
  return "unknown";
}

Result<EgressRule> parse_egress_rule(std::string_view text) {
  EgressRule rule;
  rule.text = text;
  std::string_view rest = text;
  if (const std::size_t space = text.find(' '); space != std::string_view::npos) {
    auto methods = read_methods(text, text.substr(0, space));
    if (!methods) return std::unexpected(methods.error());
    rule.methods = std::move(*methods);
    rest = text.substr(space + 1);
  }
  const std::size_t colon = rest.find("://");
  if (colon == std::string_view::npos) {
    return bad_rule(text, "it is not an absolute URL", "write it like https://api.example.org/path/*");
  }
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return bad_rule(text, "a rule has neither query nor fragment", "end it at the path");
  }
  const std::string_view scheme = rest.substr(0, colon);
  rest.remove_prefix(colon + 3);
  const std::size_t slash = rest.find('/');
  if (auto ok = read_origin(rule, scheme, rest.substr(0, slash)); !ok) return std::unexpected(ok.error());
  if (slash != std::string_view::npos) {
    if (auto ok = read_path(rule, rest.substr(slash)); !ok) return std::unexpected(ok.error());
  }
  return rule;
}

EgressMatch match(const EgressRule& rule, std::string_view method, const Url& url, const BoundValues& bound) {
  if (rule.scheme != url.scheme()) return EgressMatch::scheme;
  if (!match_host(rule, url.host())) return EgressMatch::host;
  if (rule.port != url.port()) return EgressMatch::port;
  if (!rule.methods.empty() && std::ranges::find(rule.methods, method) == rule.methods.end()) {
    return EgressMatch::method;
  }
  if (rule.path_match == EgressRule::PathMatch::all) return EgressMatch::matched;
  return match_path(rule, url.segments(), bound) ? EgressMatch::matched : EgressMatch::path;
}

Result<const EgressRule*> find_grant(std::span<const EgressRule> rules, std::string_view method,
                                     const Url& url, const BoundValues& bound) {
  // The later in EgressMatch's order, the closer.
  std::optional<EgressMatch> closest;
  const EgressRule* closest_rule = nullptr;
  for (const EgressRule& rule : rules) {
    const EgressMatch found = match(rule, method, url, bound);
    if (found == EgressMatch::matched) return &rule;
    if (!closest || found > *closest) {
      closest = found;
      closest_rule = &rule;
    }
  }
  const std::string what = fmt::format("request {} {}", method, url.origin());
  if (closest_rule == nullptr) {
    return fail(ErrorCode::refused, what, "nothing is granted", "add an egress rule to the manifest");
  }
  return fail(ErrorCode::refused, what, reason(*closest, *closest_rule),
              "if it should be allowed, add or widen an egress rule in the manifest");
}

}  // namespace sluice::net
