#include "wasi_nn/prompt_images.h"

#include <gmock/gmock.h>

namespace sluice::wasi_nn {
namespace {

using testing::HasSubstr;

Result<std::string> no_file(const std::string& path) {
  return fail(ErrorCode::not_found, "open " + path, "there is none");
}
Result<std::string> file_of(const std::string& path) {
  return "file " + path;
}

TEST(PromptImages, ThereMayBeNone) {
  const auto mixed = read_prompt("What is <image>?", "", no_file);
  ASSERT_TRUE(mixed);
  EXPECT_EQ(mixed->text, "What is <image>?");
  EXPECT_TRUE(mixed->images.empty());
}

TEST(PromptImages, AreTakenOutOfTheirTags) {
  const auto mixed =
      read_prompt(R"(a<img src="data:image/png;base64,eHl6">b<img src="data:image/jpeg;base64,">c<image>)",
                  "ignored", no_file);
  ASSERT_TRUE(mixed);
  EXPECT_EQ(mixed->text, "abc<image>");
  ASSERT_EQ(mixed->images.size(), 2U);
  EXPECT_EQ(mixed->images[0].at, 1U);
  EXPECT_EQ(mixed->images[0].file, "xyz");
  EXPECT_EQ(mixed->images[1].at, 2U);
  EXPECT_EQ(mixed->images[1].file, "");
}

TEST(PromptImages, TagsThatHaveNoEndAreText) {
  for (const char* const text :
       {R"(<img src="data:image/png;base64,eHl6)", R"(<img src="data:image/png">)",
        R"(<img src="file:///etc/passwd">)", R"(<img src='data:image/png;base64,eHl6'>)"}) {
    const auto mixed = read_prompt(text, "", no_file);
    ASSERT_TRUE(mixed) << text;
    EXPECT_EQ(mixed->text, text);
    EXPECT_TRUE(mixed->images.empty());
  }
}

TEST(PromptImages, NoBase64IsRefused) {
  const auto mixed = read_prompt(R"(<img src="data:image/png;base64,a b">)", "", no_file);
  ASSERT_FALSE(mixed);
  EXPECT_THAT(mixed.error().to_string(), HasSubstr("no base64"));
}

TEST(PromptImages, AFileStandsWhereThePromptSaysSo) {
  const auto mixed = read_prompt("a<image>b", "cat.png", file_of);
  ASSERT_TRUE(mixed);
  EXPECT_EQ(mixed->text, "ab");
  ASSERT_EQ(mixed->images.size(), 1U);
  EXPECT_EQ(mixed->images[0].at, 1U);
  EXPECT_EQ(mixed->images[0].file, "file cat.png");
  EXPECT_THAT(read_prompt("ab", "cat.png", file_of).error().to_string(), HasSubstr("stands nowhere"));
  EXPECT_THAT(read_prompt("<image><image>", "cat.png", file_of).error().to_string(),
              HasSubstr("more than once"));
  EXPECT_THAT(read_prompt("<image>", "cat.png", no_file).error().to_string(), HasSubstr("there is none"));
}

}  // namespace
}  // namespace sluice::wasi_nn
