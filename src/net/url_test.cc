#include "net/url.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "net/table_test.h"

namespace sluice::net {
namespace {

TEST(Url, ReadsTheTable) {
  for (const auto& row : read_table("urls.tsv")) {
    ASSERT_EQ(row.size(), 2U) << row.front();
    SCOPED_TRACE(row[0].substr(0, 200));
    const auto url = parse_url(row[0]);
    if (row[1].starts_with('!')) {
      ASSERT_FALSE(url) << url->text();
      EXPECT_EQ(url.error().code, ErrorCode::invalid_input);
      EXPECT_NE(url.error().why.find(row[1].substr(1)), std::string::npos) << url.error().to_string();
    } else {
      ASSERT_TRUE(url) << url.error().to_string();
      EXPECT_EQ(url->text(), row[1]);
    }
  }
}

TEST(Url, GivesItsParts) {
  const auto url = parse_url("http://[::1]:8080/a%20b//c%2Fd/?x=1&y");
  ASSERT_TRUE(url) << url.error().to_string();
  EXPECT_EQ(url->scheme(), Scheme::http);
  EXPECT_EQ(url->host(), (Host{HostKind::ipv6, "::1"}));
  EXPECT_EQ(url->port(), 8080);
  EXPECT_EQ(url->path(), "/a%20b//c%2Fd/");
  EXPECT_EQ(url->segments(), (std::vector<std::string>{"a b", "", "c/d", ""}));
  EXPECT_EQ(url->query(), "x=1&y");
  EXPECT_EQ(url->origin(), "http://[::1]:8080");
  EXPECT_EQ(parse_url("https://a.b")->segments(), std::vector<std::string>{""});
  EXPECT_EQ(parse_url("https://a.b")->query(), std::nullopt);
}

TEST(Url, ControlCharactersAreRefusedEverywhere) {
  const std::string url = "https://example.org:8443/path?query";
  for (std::size_t at = 0; at <= url.size(); ++at) {
    for (const char c : {'\0', '\t', '\r', '\n', '\x7f', ' ', '\\'}) {
      std::string broken = url;
      broken.insert(at, 1, c);
      EXPECT_FALSE(parse_url(broken)) << "at " << at << ", byte " << static_cast<int>(c);
    }
  }
}

TEST(Url, ErrorsQuoteNeitherPathNorQuery) {
  for (const char* text : {"https://example.org/marker-text/../x", "https://example.org/?marker-text=%zz",
                           "https://example.org/marker-text%0a", "https://marker-text@example.org/",
                           "https://example.org/{marker-text}", "https://example.org/#marker-text"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().to_string().find("marker"), std::string::npos) << url.error().to_string();
  }
}

RC_GTEST_PROP(Url, CanonicalTextReadsAsItself, ()) {
  const auto piece = [](std::vector<std::string> parts) {
    std::string out;
    for (const auto& part : *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(parts)))
      out += part;
    return out;
  };
  const std::string host = piece({"a", "B", "1", "a-b", "x_", "c.", "2.", "-"}) + "x.y";
  const std::string path = piece({"a", "/", "B1", ".", ";", "%2e", "%2F", "~", ":", "@", "%20"});
  const std::string text = "https://" + host + "/" + path + "?" + piece({"a", "=", "&", "%41", "?", "/"});
  const auto url = parse_url(text);
  RC_CLASSIFY(url.has_value());
  if (!url) return;
  const auto again = parse_url(url->text());
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->text() == url->text());
  RC_ASSERT(again->segments() == url->segments());
  RC_ASSERT(again->host() == url->host());
}

TEST(PercentDecode, ReadsPairsOnly) {
  EXPECT_EQ(percent_decode("a%2Fb%2f"), "a/b/");
  EXPECT_EQ(percent_decode("%00"), std::string(1, '\0'));
  EXPECT_EQ(percent_decode("%252f"), "%2f");
  EXPECT_EQ(percent_decode("+"), "+");
  EXPECT_EQ(percent_decode("%"), std::nullopt);
  EXPECT_EQ(percent_decode("%4"), std::nullopt);
  EXPECT_EQ(percent_decode("%g0"), std::nullopt);
}

}  // namespace
}  // namespace sluice::net
