#include "net/egress.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "net/address.h"
#include "net/table_test.h"

namespace sluice::net {
namespace {

std::string describe(const EgressRule& rule) {
  static constexpr std::string_view kinds[] = {"literal", "any", "placeholder", "rest"};
  std::string out = fmt::format(
      "{} {} {}{} {}", rule.methods.empty() ? "*" : fmt::format("{}", fmt::join(rule.methods, ",")),
      name_of(rule.scheme), rule.host_match == EgressRule::HostMatch::below ? "*." : "", rule.host.text,
      rule.port);
  for (const auto& segment : rule.segments) {
    out += fmt::format(" {}({})", kinds[static_cast<std::size_t>(segment.kind)], segment.text);
  }
  return out;
}

TEST(EgressRule, ReadsTheTable) {
  for (const auto& row : read_table("egress_rules.tsv")) {
    ASSERT_EQ(row.size(), 2U) << row.front();
    SCOPED_TRACE(row[0]);
    const auto rule = parse_egress_rule(row[0]);
    if (row[1].starts_with('!')) {
      ASSERT_FALSE(rule) << describe(*rule);
      EXPECT_EQ(rule.error().code, ErrorCode::invalid_input);
      EXPECT_NE(rule.error().to_string().find(row[1].substr(1)), std::string::npos)
          << rule.error().to_string();
    } else {
      ASSERT_TRUE(rule) << rule.error().to_string();
      EXPECT_EQ(describe(*rule), row[1]);
      EXPECT_EQ(rule->text, row[0]);
    }
  }
}

BoundValues read_bound(std::string_view text) {
  BoundValues bound;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    bound.emplace(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
  }
  return bound;
}

TEST(EgressMatch, ReadsTheTable) {
  for (const auto& row : read_table("egress_matches.tsv")) {
    ASSERT_EQ(row.size(), 5U) << row.front();
    SCOPED_TRACE(row[0] + " | " + row[2] + " | " + row[3]);
    const auto rule = parse_egress_rule(row[0]);
    ASSERT_TRUE(rule) << rule.error().to_string();
    const auto url = parse_url(row[2]);
    if (row[4].starts_with('!')) {
      ASSERT_FALSE(url);
      EXPECT_NE(url.error().to_string().find(row[4].substr(1)), std::string::npos) << url.error().to_string();
    } else {
      ASSERT_TRUE(url) << url.error().to_string();
      EXPECT_EQ(name_of(match(*rule, row[1], *url, read_bound(row[3]))), row[4]);
    }
  }
}

TEST(FindGrant, NamesTheRuleThatCameClosest) {
  std::vector<EgressRule> rules;
  for (const char* text : {"https://other.example", "GET https://a.example/x", "POST https://a.example/y"}) {
    rules.push_back(*parse_egress_rule(text));
  }
  const auto granted = find_grant(rules, "POST", *parse_url("https://a.example/y"), {});
  ASSERT_TRUE(granted);
  EXPECT_EQ(*granted, &rules[2]);

  const auto path = find_grant(rules, "GET", *parse_url("https://a.example/secret-marker?q"), {});
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().code, ErrorCode::refused);
  EXPECT_EQ(path.error().why, "the path falls outside the egress rule 'GET https://a.example/x'");
  EXPECT_EQ(path.error().to_string().find("marker"), std::string::npos);

  const auto method = find_grant(rules, "PUT", *parse_url("https://a.example/y"), {});
  EXPECT_EQ(method.error().why, "the method falls outside the egress rule 'GET https://a.example/x'");
  const auto host = find_grant(rules, "GET", *parse_url("https://b.example/"), {});
  EXPECT_EQ(host.error().why, "no egress rule names this origin");
  EXPECT_EQ(find_grant({}, "GET", *parse_url("https://b.example/"), {}).error().why, "nothing is granted");
}

// What a server that decodes once more, merges slashes or splits at backslashes would route by.
std::vector<std::string> routed(std::string path) {
  for (int round = 0; round < 3; ++round) path = percent_decode(path).value_or(path);
  std::vector<std::string> parts;
  std::string part;
  for (const char c : path + "/") {
    if (c != '/' && c != '\\') {
      part.push_back(c);
      continue;
    }
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    part.clear();
  }
  return parts;
}

RC_GTEST_PROP(EgressMatch, NoPathEscapesItsPrefixHoweverItIsRead, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(
      rc::gen::elementOf(std::vector<std::string>{"/", "repos", "o", "r", ".", "..", "%2e", "%2f", "%5c",
                                                  "%25", "2e", "2f", "5c", ";", "x", "%6f", "//"}));
  const std::string tail = fmt::format("{}", fmt::join(pieces, ""));
  const auto url = parse_url("https://a.b/repos/o/r/" + tail);
  const auto rule = parse_egress_rule("https://a.b/repos/{owner}/{repo}/**");
  const bool matched =
      url && match(*rule, "GET", *url, {{"owner", "o"}, {"repo", "r"}}) == EgressMatch::matched;
  RC_CLASSIFY(matched);
  if (!matched) return;
  const auto parts = routed(url->path());
  RC_ASSERT(parts.size() >= 3U);
  RC_ASSERT(parts[0] == "repos" && parts[1] == "o" && parts[2] == "r");
}

TEST(Address, IsClassifiedByTheTable) {
  for (const auto& row : read_table("addresses.tsv")) {
    ASSERT_EQ(row.size(), 2U) << row.front();
    EXPECT_EQ(name_of(classify(boost::asio::ip::make_address(row[0]))), row[1]) << row[0];
  }
}

TEST(EgressCheck, AllowsPublicAddressesAndTheLiteralOne) {
  const auto allows = [](const char* rule, const char* address) {
    return EgressCheck(*parse_egress_rule(rule)).allows(boost::asio::ip::make_address(address));
  };
  EXPECT_TRUE(allows("https://a.example", "1.1.1.1"));
  EXPECT_FALSE(allows("https://a.example", "10.0.0.1"));
  EXPECT_FALSE(allows("https://a.example", "127.0.0.1"));
  EXPECT_FALSE(allows("https://*.localhost.example", "127.0.0.1"));
  EXPECT_TRUE(allows("http://127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(allows("http://127.0.0.1", "127.0.0.2"));
  EXPECT_FALSE(allows("http://127.0.0.1", "1.1.1.1"));
  EXPECT_FALSE(allows("http://127.0.0.1", "::ffff:127.0.0.1"));
  EXPECT_TRUE(allows("http://[::1]", "::1"));
  EXPECT_TRUE(allows("http://localhost", "127.0.0.1"));
  EXPECT_TRUE(allows("http://localhost", "::1"));
  EXPECT_FALSE(allows("http://localhost", "10.0.0.1"));
}

}  // namespace
}  // namespace sluice::net
