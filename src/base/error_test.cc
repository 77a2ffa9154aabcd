#include "base/error.h"

#include <gtest/gtest.h>

#include <set>

namespace sluice {
namespace {

TEST(Error, TextLeavesOutEmptyParts) {
  EXPECT_EQ((Error{ErrorCode::limit, "read a", "too long", "cut it"}.to_string()),
            "read a: too long; cut it");
  EXPECT_EQ((Error{ErrorCode::limit, "", "too long", ""}.to_string()), "too long");
  EXPECT_EQ((Error{ErrorCode::limit, "read a", "", "cut it"}.to_string()), "read a; cut it");
  EXPECT_EQ((Error{}.to_string()), "");
}

TEST(Error, EachCodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    names.insert(name_of(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::internal) + 1);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(Error, FailMakesAnUnexpectedResult) {
  const Result<int> result = fail(ErrorCode::refused, "call x", "not granted");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::refused);
}

}  // namespace
}  // namespace sluice
