#include "text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace review {
namespace {

TEST(TextTest, CountsAndLists) {
  EXPECT_EQ(counted(1, "file"), "1 file");
  EXPECT_EQ(counted(0, "file"), "0 files");
  EXPECT_EQ(counted(2, "entry", "entries"), "2 entries");
  EXPECT_EQ(listed(std::vector<std::string>{"a"}, 3), "a");
  EXPECT_EQ(listed(std::vector<std::string>{"a", "b"}, 3), "a and b");
  EXPECT_EQ(listed(std::vector<std::string>{"a", "b", "c", "d"}, 3), "a, b, c and d");
  EXPECT_EQ(listed(std::vector<std::string>{"a", "b", "c", "d", "e"}, 3), "a, b, c and 2 more");
}

TEST(TextTest, CutsBetweenCharacters) {
  EXPECT_EQ(cut("aé", 2), "a");
  EXPECT_EQ(cut("aé", 3), "aé");
  EXPECT_EQ(shorten("aéb", 2), "a…");
  EXPECT_EQ(shorten("ab", 2), "ab");
}

TEST(TextTest, WritesNumbers) {
  EXPECT_EQ(concat(0U, ' ', std::uint64_t{18446744073709551615U}), "0 18446744073709551615");
}

RC_GTEST_PROP(TextTest, SqueezedTextsAreEqualExactlyWhenTheirCopiesAre, ()) {
  const auto text = rc::gen::container<std::string>(rc::gen::element(' ', '\t', 'a', 'b'));
  const std::string a = *text;
  const std::string b = *text;
  RC_ASSERT(equal_squeezed(a, b) == (squeeze(a) == squeeze(b)));
  RC_ASSERT(equal_squeezed(a, squeeze(a)));
}

}  // namespace
}  // namespace review
