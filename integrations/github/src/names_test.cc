#include "names.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include "text.h"

namespace github {
namespace {

TEST(NamesTest, GoodTargets) {
  EXPECT_EQ(target_of("octo-cat", "Hello.World_2", 7)->path(), "/repos/octo-cat/Hello.World_2");
  EXPECT_TRUE(target_of("user_corp", ".github", 1));
}

TEST(NamesTest, BadTargets) {
  for (const char* owner : {"", "a/b", "..", "a b", "a%2fb", "a\n", "-a", "ä", "a.b"}) {
    EXPECT_FALSE(target_of(owner, "r", 1)) << owner;
  }
  for (const char* repo : {"", "a/b", ".", "..", "a b", "a%2e", "a?x", "a#", "a\\b"}) {
    EXPECT_FALSE(target_of("o", repo, 1)) << repo;
  }
  EXPECT_FALSE(target_of("o", "r", 0));
  EXPECT_FALSE(target_of(std::string(101, 'a'), "r", 1));
}

TEST(NamesTest, ErrorsShowTheNameOnOneLine) {
  EXPECT_EQ(target_of("a\nb", "r", 1).error().text, "owner `a b`: expected letters, digits, `-` and `_`");
}

TEST(NamesTest, Paths) {
  EXPECT_EQ(*encoded_path("src/a b#ü?.c"), "src/a%20b%23%C3%BC%3F.c");
  for (const char* path : {"", "/a", "a/", "a//b", "../a", "a/../b", "a/.", "./a", "a\tb"}) {
    EXPECT_FALSE(encoded_path(path)) << path;
  }
}

TEST(NamesTest, Refs) {
  EXPECT_EQ(*encoded_ref("feature/x+y"), "feature%2Fx%2By");
  for (const char* ref : {"", "/a", "a/", "a..b", "a//b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\",
                          "-a", "a@{1}", "a\x7f"}) {
    EXPECT_FALSE(encoded_ref(ref)) << ref;
  }
}

TEST(NamesTest, Commits) {
  EXPECT_TRUE(commit_of("0123abcDEF", "head"));
  for (const char* sha : {"", "012345", "main", "0123456g", "0123456/8"})
    EXPECT_FALSE(commit_of(sha, "head")) << sha;
}

TEST(NamesTest, Logins) {
  EXPECT_EQ(*encoded_login("octocat"), "octocat");
  EXPECT_EQ(*encoded_login("my-app[bot]"), "my-app%5Bbot%5D");
  for (const char* login : {"", "[bot]", "a[bot", "a/b", "a[bot]x", "a b"})
    EXPECT_FALSE(encoded_login(login)) << login;
}

// Whatever a caller names: what passes has only characters that mean nothing in a URL, and no part that
// climbs.
TEST(NamesTest, NothingEscapesFromAPath) {
  EXPECT_TRUE(rc::check([](const std::string& path) {
    const Outcome<std::string> encoded = encoded_path(path);
    if (!encoded) return;
    const std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%/";
    RC_ASSERT(encoded->find_first_not_of(allowed) == std::string::npos);
    RC_ASSERT(("/" + *encoded + "/").find("/../") == std::string::npos);
    RC_ASSERT(("/" + *encoded + "/").find("/./") == std::string::npos);
    RC_ASSERT(("/" + *encoded + "/").find("//") == std::string::npos);
  }));
}

TEST(TextTest, Base64) {
  EXPECT_EQ(*base64_decoded("R3LDvMOfZQo="), "Grüße\n");
  EXPECT_EQ(*base64_decoded("YWJj\nZGVm\n"), "abcdef");
  EXPECT_EQ(*base64_decoded(""), "");
  for (const char* bad : {"a", "ab=", "abc", "ab==c", "a*bc", "abcd=", "===="}) {
    EXPECT_FALSE(base64_decoded(bad)) << bad;
  }
}

TEST(TextTest, Base64RoundTrip) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string encoded;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
      std::uint32_t bits = 0;
      for (std::size_t k = 0; k < 3; ++k) {
        bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
      }
      const std::size_t used = std::min<std::size_t>(3, bytes.size() - i) + 1;
      for (std::size_t k = 0; k < 4; ++k) encoded += k < used ? digits[bits >> (18 - 6 * k) & 63] : '=';
      if (i % 60 == 57) encoded += '\n';
    }
    RC_ASSERT(base64_decoded(encoded) == bytes);
  }));
}

TEST(TextTest, WhatIsText) {
  EXPECT_TRUE(is_text("Grüße 🎈\r\n\t"));
  for (const std::string& bad :
       {std::string("a\0b", 3), std::string("\xff"), std::string("\xc3"), std::string("\xed\xa0\x80"),
        std::string("\xc0\x80"), std::string("\xf5\x80\x80\x80"), std::string("\xe0\x80\x80")}) {
    EXPECT_FALSE(is_text(bad));
  }
}

TEST(TextTest, OneLine) {
  EXPECT_EQ(one_line("a\r\nb\x01"
                     "c",
                     100),
            "a b c");
  EXPECT_EQ(one_line("ääää", 5), "ää…");
  EXPECT_EQ(one_line("a\xff"
                     "b",
                     100),
            "a b");
}

TEST(TextTest, OneLineIsAlwaysShortText) {
  EXPECT_TRUE(rc::check([](const std::string& text, std::uint8_t most) {
    const std::string line = one_line(text, most);
    RC_ASSERT(is_text(line));
    RC_ASSERT(line.find('\n') == std::string::npos);
    RC_ASSERT(line.size() <= most + std::string_view("…").size() + 1);
  }));
}

}  // namespace
}  // namespace github
