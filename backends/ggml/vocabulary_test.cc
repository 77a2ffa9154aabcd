#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test/test_model.h"

namespace sluice::backends::ggml::test {
namespace {

TEST(Tokens, TextComesBackAsItWas) {
  for (const std::string& sample : {std::string("Hello, world!"), std::string("  two  blanks\n\ttab\r\n"),
                                    std::string("für 5 € – 漢字 🙂 e\u0301"),
                                    std::string("int main() { return 0; }  // <|im_end|> is text here"),
                                    std::string("a\0b", 3), std::string()}) {
    EXPECT_EQ(text_of(chat_model(), tokens_of(chat_model(), sample)), sample);
  }
}

TEST(Tokens, SpecialOnesAreTextUnlessAskedFor) {
  const auto plain = tokens_of(chat_model(), "<|im_end|>");
  const auto special = tokens_of(chat_model(), "<|im_end|>", 0, 1);
  EXPECT_GT(plain.size(), 1U);
  ASSERT_EQ(special.size(), 1U);
  EXPECT_EQ(llm().is_end(chat_model(), special[0]), 1);
  EXPECT_EQ(llm().is_end(chat_model(), plain[0]), 0);
  EXPECT_EQ(text_of(chat_model(), special), "");
  char bytes[32];
  EXPECT_EQ(std::string(bytes, llm().piece(chat_model(), special[0], 1, bytes, sizeof bytes)), "<|im_end|>");
}

TEST(Tokens, CountIsKnownWithoutRoomForAll) {
  const std::string sample = "one two three four five six seven";
  const auto all = tokens_of(chat_model(), sample);
  EXPECT_EQ(llm().tokenize(chat_model(), text(sample), 0, 0, nullptr, 0),
            static_cast<std::int64_t>(all.size()));
  std::vector<std::int32_t> few(3);
  EXPECT_EQ(llm().tokenize(chat_model(), text(sample), 0, 0, few.data(), few.size()),
            static_cast<std::int64_t>(all.size()));
  EXPECT_EQ(few, std::vector<std::int32_t>(all.begin(), all.begin() + 3));
}

TEST(Tokens, EncoderAddsItsOwn) {
  EXPECT_EQ(tokens_of(embedding_model(), "hello", 1).size(),
            tokens_of(embedding_model(), "hello", 0).size() + 2);
}

TEST(Tokens, ThoseThatDoNotExistAreHarmless) {
  char bytes[8];
  for (const std::int32_t token : {-1, 49152, 2'000'000'000}) {
    EXPECT_EQ(llm().piece(chat_model(), token, 1, bytes, sizeof bytes), 0U);
    EXPECT_EQ(llm().is_end(chat_model(), token), 0);
  }
}

}  // namespace
}  // namespace sluice::backends::ggml::test
