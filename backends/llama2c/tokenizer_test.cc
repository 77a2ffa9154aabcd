#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "test/test_plugin.h"

namespace sluice::backends::llama2c::test {
namespace {

class Tokens : public ::testing::Test {
 protected:
  const Model model_ = open_bytes(legacy_file(random_weights(odd_dims(), true, 1)), 320);
  const std::vector<std::string> texts_ = texts_of(tokenizer_file(320));

  static std::vector<std::string> texts_of(const std::string& file) {
    std::vector<std::string> all;
    for (std::size_t at = 4; at < file.size();) {
      std::int32_t size = 0;
      std::memcpy(&size, file.data() + at + 4, 4);
      all.push_back(file.substr(at + 8, static_cast<std::size_t>(size)));
      at += 8 + static_cast<std::size_t>(size);
    }
    return all;
  }
  // The token whose text this is; of single letters not the byte's.
  std::int32_t id(const std::string& of) const {
    for (std::size_t i = 259; i < texts_.size(); ++i) {
      if (texts_[i] == of) return static_cast<std::int32_t>(i);
    }
    return -1;
  }
  std::vector<std::int32_t> ids(const std::vector<std::string>& of) const {
    std::vector<std::int32_t> all;
    for (const std::string& each : of) all.push_back(id(each));
    return all;
  }
  std::vector<std::int32_t> tokens(std::string_view of) const { return tokens_of(model_.get(), of); }
};

TEST_F(Tokens, TheBestPairIsJoinedFirst) {
  // "he" is worth more than "el", which comes in its way; "llo" is made of "ll" and "o".
  EXPECT_EQ(tokens("hello"), ids({" hello"}));
  EXPECT_EQ(tokens("hel"), ids({" he", "l"}));
  EXPECT_EQ(tokens("ellll"), ids({" ", "e", "ll", "ll"}));
  // The first of equals.
  EXPECT_EQ(tokens("aaa"), ids({" ", "aa", "a"}));
  EXPECT_EQ(tokens("aaaaa"), ids({" ", "aaaa", "a"}));
}

TEST_F(Tokens, BeginWithTheirTokenWhereWanted) {
  EXPECT_EQ(tokens_of(model_.get(), "", Begin::with_token), std::vector<std::int32_t>{1});
  EXPECT_EQ(tokens_of(model_.get(), "hello", Begin::with_token),
            (std::vector<std::int32_t>{1, id(" hello")}));
  EXPECT_TRUE(tokens("").empty());
}

TEST_F(Tokens, WhatTheVocabularyDoesNotHaveIsBytes) {
  EXPECT_EQ(tokens("é!"), ids({" ", "é!"}));
  EXPECT_EQ(tokens("z"), (std::vector<std::int32_t>{id(" "), 3 + 'z'}));
  EXPECT_EQ(tokens("漢"), (std::vector<std::int32_t>{id(" "), 3 + 0xE6, 3 + 0xBC, 3 + 0xA2}));
}

TEST_F(Tokens, TextComesBackWithABlankBefore) {
  std::mt19937 random = seeded(1);
  std::vector<std::string> samples{"hello",
                                   "  two  blanks\n\ttab\r\n",
                                   "für 5 € – 漢字 🙂 e\u0301",
                                   std::string("a\0b", 3),
                                   "<0x41> <s> </s> \n<s>\n",
                                   "\xFF\xFE\x80\x80\x80\x80\x80",
                                   "\xE6\xBC"};
  for (int i = 0; i < 200; ++i) {
    std::string sample(random() % 40 + 1, '\0');
    for (char& letter : sample) letter = i % 2 == 0 ? static_cast<char>(random()) : "helo a!12"[random() % 9];
    samples.push_back(sample);
  }
  for (const std::string& sample : samples) EXPECT_EQ(text_of(model_.get(), tokens(sample)), " " + sample);
}

// The plain way: look at all pairs again after each joining.
TEST_F(Tokens, AreThoseOfThePlainWay) {
  std::mt19937 random = seeded(2);
  for (int i = 0; i < 200; ++i) {
    std::string sample;
    for (std::size_t size = random() % 30 + 1; size > 0; --size) sample += "helo a"[random() % 6];
    std::vector<std::int32_t> plain = ids({" "});
    for (const char letter : sample) plain.push_back(id(std::string(1, letter)));
    while (true) {
      std::size_t best = plain.size();
      std::int32_t joined = -1;
      for (std::size_t at = 0; at + 1 < plain.size(); ++at) {
        const std::int32_t both =
            id(texts_[static_cast<std::size_t>(plain[at])] + texts_[static_cast<std::size_t>(plain[at + 1])]);
        // Scores fall with the number.
        if (both >= 0 && (joined < 0 || both < joined)) {
          best = at;
          joined = both;
        }
      }
      if (joined < 0) break;
      plain[best] = joined;
      plain.erase(plain.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    }
    EXPECT_EQ(tokens(sample), plain) << sample;
  }
}

TEST_F(Tokens, SpecialOnesAreTextUnlessAskedFor) {
  EXPECT_EQ(tokens("<s>"), ids({" ", "<s>"}));
  EXPECT_EQ(tokens_of(model_.get(), "<s>hello</s>", Begin::plain, 1),
            (std::vector<std::int32_t>{1, id("he"), id("llo"), 2}));
  EXPECT_EQ(tokens_of(model_.get(), "hello<unk>o", Begin::plain, 1),
            (std::vector<std::int32_t>{id(" hello"), 0, id("o")}));
  EXPECT_EQ(text_of(model_.get(), {0, 1, 2}), "");
  EXPECT_EQ(text_of(model_.get(), {0, 1, 2}, 1), "<unk><s></s>");
  for (const std::int32_t token : {1, 2}) EXPECT_EQ(llm().is_end(model_.get(), token), 1);
  for (const std::int32_t token : {0, 3, 300, -1, 1000}) EXPECT_EQ(llm().is_end(model_.get(), token), 0);
}

TEST_F(Tokens, NoMoreIsWrittenThanThereIsRoomFor) {
  std::array<std::int32_t, 2> few{-7, -7};
  EXPECT_EQ(llm().tokenize(model_.get(), text("12ab12"), 1, 0, few.data(), 1), 6);
  EXPECT_EQ(few, (std::array<std::int32_t, 2>{1, -7}));
  EXPECT_EQ(llm().tokenize(model_.get(), text("12ab12"), 1, 0, nullptr, 0), 6);
  char bytes[2] = {'x', 'x'};
  EXPECT_EQ(llm().piece(model_.get(), id(" hello"), 0, bytes, 1), 6U);
  EXPECT_EQ(std::string(bytes, 2), " x");
  EXPECT_EQ(llm().piece(model_.get(), -1, 1, bytes, 2), 0U);
  EXPECT_EQ(llm().piece(model_.get(), 320, 1, bytes, 2), 0U);
}

TEST(LongTexts, TakeLittleTime) {
  const Model model = open_bytes(legacy_file(random_weights(odd_dims(), true, 1)), 320);
  const std::string sample(1'000'000, 'a');
  EXPECT_EQ(tokens_of(model.get(), sample).size(), 250'001U);
}

}  // namespace
}  // namespace sluice::backends::llama2c::test
