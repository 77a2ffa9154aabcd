#include "settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_outside.h"
#include "json.h"
#include "tokens.h"

namespace llm {
namespace {

constexpr Defaults defaults{"https://api.example.org/v1", "x-api-key"};

Outcome<Settings> read(std::map<std::string, std::string, std::less<>> given) {
  FakeOutside outside;
  outside.settings = std::move(given);
  return read_settings(outside, defaults);
}

TEST(Settings, Defaults) {
  const auto settings = read({});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->base_url, "https://api.example.org/v1");
  EXPECT_EQ(settings->key_header, "x-api-key");
  EXPECT_TRUE(settings->streaming);
  EXPECT_FALSE(settings->prices || settings->context_tokens);
}

TEST(Settings, KeysAreSentOverHttpsUnlessSaidOtherwise) {
  EXPECT_FALSE(read({{"base-url", "http://127.0.0.1:1/v1"}})->key());
  EXPECT_EQ(read({{"base-url", "http://127.0.0.1:1"}, {"key-header", "authorization"}})->key()->prefix,
            "Bearer ");
  EXPECT_EQ(read({{"key-header", "api-key"}})->key()->prefix, "");
  EXPECT_FALSE(read({{"key-header", "none"}})->key());
}

TEST(Settings, WrongOnesAreNamed) {
  const std::pair<const char*, const char*> wrong[] = {{"base-url", "ftp://x"},
                                                       {"base-url", "https://"},
                                                       {"base-url", "https://a?b"},
                                                       {"base-url", "https://u@h"},
                                                       {"key-header", "a b"},
                                                       {"key-header", ""},
                                                       {"streaming", "1"},
                                                       {"retries", "-1"},
                                                       {"retries", "21"},
                                                       {"retry-base-ms", "x"},
                                                       {"max-wait-seconds", "86401"},
                                                       {"context-tokens", "1e3"},
                                                       {"price-prompt", "$1"},
                                                       {"price-prompt", "1"},
                                                       {"price-completion", "1"},
                                                       {"price-cached", "1"}};
  for (const auto& [key, value] : wrong) {
    const auto settings = read({{key, value}});
    ASSERT_FALSE(settings) << key << " = " << value;
    EXPECT_EQ(settings.error().kind, Problem::Kind::invalid);
    EXPECT_THAT(settings.error().text, testing::HasSubstr(std::string(key).substr(0, 6)));
  }
}

TEST(Settings, Costs) {
  const auto settings =
      read({{"price-prompt", "2.5"}, {"price-cached", "0.0000015"}, {"price-completion", "10"}});
  ASSERT_TRUE(settings && settings->prices);
  EXPECT_EQ(settings->prices->cost_micros({1000, 100, 0, {}}), 3500U);
  EXPECT_EQ(settings->prices->cost_micros({1'000'000, 0, 1'000'000, {}}), 1U);
  EXPECT_EQ(settings->prices->cost_micros({10, 0, 4'000'000'000U, {}}), 0U);
  const Prices dear = *read({{"price-prompt", "1000"}, {"price-completion", "1000"}})->prices;
  EXPECT_EQ(dear.cost_micros({4'000'000'000U, 4'000'000'000U, 0, {}}), 8'000'000'000'000U);
  EXPECT_EQ(dear.cost_micros({100, 0, 100, {}}), 100'000U);
}

TEST(Tokens, AreEstimatedRatherTooHigh) {
  EXPECT_EQ(estimate_tokens(""), 0U);
  EXPECT_EQ(estimate_tokens("word"), 1U);
  // No fewer than words and signs.
  EXPECT_GE(estimate_tokens("The quick brown fox jumps over the lazy dog."), 10U);
  EXPECT_GE(estimate_tokens("for (std::size_t i = 0; i < items.size(); ++i) {"), 22U);
  EXPECT_GE(estimate_tokens("4bf92f3577b34da6a3ce929d0e0e4736"), 20U);
  EXPECT_GE(estimate_tokens("Грузите апельсины бочками"), 10U);
  // And not absurdly so.
  EXPECT_LE(estimate_tokens("The quick brown fox jumps over the lazy dog."), 20U);
  EXPECT_LE(estimate_tokens(std::string(1000, ' ')), 70U);
}

TEST(Json, NumbersAsShortAsTheyWere) {
  EXPECT_EQ(dump(shortest(0.7F)), "0.7");
  EXPECT_EQ(dump(shortest(1.0F)), "1.0");
  EXPECT_EQ(dump(shortest(0.1F + 0.2F)), "0.3");
  EXPECT_EQ(shortest(3.4028235e38F).get<float>(), 3.4028235e38F);
}

TEST(Json, NumbersInTexts) {
  EXPECT_THAT(numbers_in("limit is 8,192 tokens. You sent 9000!"), testing::ElementsAre(8192U, 9000U));
  EXPECT_THAT(numbers_in("v1: 99999999999999 and 7"), testing::ElementsAre(1U, 7U));
  EXPECT_THAT(numbers_in("none"), testing::IsEmpty());
}

}  // namespace
}  // namespace llm
