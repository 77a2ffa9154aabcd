#include "glob.h"

#include <gtest/gtest.h>

#include <string>

namespace review {
namespace {

TEST(GlobTest, APatternWithoutASlashNamesAPartAtAnyDepth) {
  EXPECT_TRUE(glob_matches("*.lock", "Cargo.lock"));
  EXPECT_TRUE(glob_matches("*.lock", "a/b/Cargo.lock"));
  EXPECT_FALSE(glob_matches("*.lock", "Cargo.lock.rs"));
  EXPECT_TRUE(glob_matches("vendor", "a/vendor/b.c"));
  EXPECT_TRUE(glob_matches("a?c", "abc"));
  EXPECT_TRUE(glob_matches("a?c", "aéc"));
  EXPECT_FALSE(glob_matches("a?c", "ac"));
}

TEST(GlobTest, ASlashAtTheEndNamesFoldersOnly) {
  EXPECT_TRUE(glob_matches("vendor/", "vendor/a.c"));
  EXPECT_TRUE(glob_matches("vendor/", "x/vendor/y/a.c"));
  EXPECT_FALSE(glob_matches("vendor/", "vendor"));
  EXPECT_FALSE(glob_matches("vendor/", "x/vendor"));
}

TEST(GlobTest, ASlashWithinMakesItCountFromTheTop) {
  EXPECT_TRUE(glob_matches("src/*.c", "src/a.c"));
  EXPECT_FALSE(glob_matches("src/*.c", "x/src/a.c"));
  EXPECT_FALSE(glob_matches("src/*.c", "src/x/a.c"));
  EXPECT_TRUE(glob_matches("/a.c", "a.c"));
  EXPECT_FALSE(glob_matches("/a.c", "x/a.c"));
}

TEST(GlobTest, TwoStarsAreAnyNumberOfParts) {
  EXPECT_TRUE(glob_matches("src/**/*.c", "src/a.c"));
  EXPECT_TRUE(glob_matches("src/**/*.c", "src/x/y/a.c"));
  EXPECT_TRUE(glob_matches("**/gen/*.c", "gen/a.c"));
  EXPECT_TRUE(glob_matches("src/**", "src/x/a.c"));
  EXPECT_FALSE(glob_matches("src/**", "src"));
  EXPECT_TRUE(glob_matches("a/**/b/**/c", "a/x/b/y/b/z/c"));
}

TEST(GlobTest, EmptyPatternsAndPathsMatchNothing) {
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_FALSE(glob_matches("/", "a"));
  EXPECT_FALSE(glob_matches("*", ""));
}

TEST(GlobTest, ManyStarsDoNotTakeForEver) {
  std::string pattern;
  std::string path;
  for (int i = 0; i < 100; ++i) {
    pattern += "*a";
    path += "aa";
  }
  EXPECT_FALSE(glob_matches(pattern + "b", path));
  std::string parts;
  std::string deep;
  for (int i = 0; i < 100; ++i) {
    parts += "**/a/";
    deep += "a/a/";
  }
  EXPECT_FALSE(glob_matches(parts + "b", deep + "c"));
}

}  // namespace
}  // namespace review
