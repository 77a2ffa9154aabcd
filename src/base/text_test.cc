#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

using testing::ElementsAre;

TEST(Text, PrintableHasNoControlCharacters) {
  EXPECT_EQ(printable("plain, \xc3\xa9"), "plain, \xc3\xa9");
  EXPECT_EQ(printable("\x1b[31m\n\x7f"), "?[31m??");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J\xc2\xa9"),
            "?2J\xc2\xa9");
  EXPECT_EQ(printable("cut \xc2"), "cut \xc2");
}

TEST(Text, Trim) {
  EXPECT_EQ(trim(" \t\r\n a b \v\f"), "a b");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim(" \n "), "");
}

TEST(Text, Split) {
  EXPECT_THAT(split("a,b,,c", ','), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split(",", ','), ElementsAre("", ""));
}

struct GlobCase {
  std::string_view pattern;
  std::string_view path;
  bool fits;
};

TEST(Text, Glob) {
  constexpr GlobCase cases[] = {
      {"", "", true},
      {"", "a", false},
      {"a", "a", true},
      {"a", "ab", false},
      {"?", "a", true},
      {"?", "/", false},
      {"?", "", false},
      {"*", "", true},
      {"*", "abc", true},
      {"*", "a/b", false},
      {"*.lock", "Cargo.lock", true},
      {"*.lock", "a/Cargo.lock", false},
      {"a*c", "abbc", true},
      {"a*c", "ab/c", false},
      {"**", "a/b/c", true},
      {"**", "", true},
      {"**/x", "x", true},
      {"**/x", "a/x", true},
      {"**/x", "a/b/x", true},
      {"**/x", "ax", false},
      {"**/x", "a/bx", false},
      {"**/*.lock", "a/b/Cargo.lock", true},
      {"**/*.lock", "Cargo.lock", true},
      {"a/**", "a/b/c", true},
      {"a/**", "a", false},
      {"a/**", "ab/c", false},
      {"a/**/b", "a/b", true},
      {"a/**/b", "a/x/y/b", true},
      {"a/**/b", "a/xb", false},
      {"a**b", "a/x/b", true},
      {"**/node_modules/**", "x/node_modules/y/z.js", true},
      {"**/node_modules/**", "node_modules/y", true},
      {"***/x", "a/x", true},
      {"a.c", "abc", false},
      {"[a]", "a", false},
      {"*/*/*", "a/b/c", true},
      {"*/*/*", "a/b", false},
  };
  for (const GlobCase& c : cases)
    EXPECT_EQ(glob_match(c.pattern, c.path), c.fits) << c.pattern << " on " << c.path;
}

// A matcher that backtracks would not come back from this.
TEST(Text, GlobDoesNotBacktrack) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(glob_match(pattern, std::string(2000, 'a') + "b"));
}

TEST(Text, EditDistance) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("egress", "egerss"), 1U);
  EXPECT_EQ(edit_distance("secret", "secrets"), 1U);
  EXPECT_EQ(edit_distance(std::string(1000, 'a'), "a"), 1000U);
}

}  // namespace
}  // namespace sluice
