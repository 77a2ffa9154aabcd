#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "test/test_plugin.h"

namespace sluice::backends::llama2c::test {
namespace {

using ::testing::HasSubstr;

// Samplers are those of every plug-in; here it is shown that they know this one's tokens.
class Draws : public ::testing::Test {
 protected:
  const Model model_ = open_bytes(legacy_file(random_weights(odd_dims(), true, 1)), 320);

  static sluice_nn_sampling greedy() {
    sluice_nn_sampling sampling{};
    sampling.top_p = 1;
    sampling.repeat_penalty = 1;
    return sampling;
  }
  Said open(const sluice_nn_sampling& sampling, Sampler& sampler) const {
    sluice_nn_sampler* made = nullptr;
    sluice_nn_error error{};
    const auto status = llm().sampler_open(model_.get(), &sampling, &made, &error);
    sampler.reset(made);
    return {status, error.text};
  }
  // An answer to `prompt` of so many tokens at most.
  std::vector<std::int32_t> answer(std::string_view prompt, const sluice_nn_sampling& sampling,
                                   int count) const {
    Sampler sampler;
    const Said said = open(sampling, sampler);
    EXPECT_EQ(said.status, SLUICE_NN_OK) << said.text;
    const Context context = make_context(model_.get());
    std::vector<std::int32_t> tokens = tokens_of(model_.get(), prompt, Begin::with_token);
    auto position = static_cast<std::int32_t>(tokens.size());
    Logits logits = feed(model_.get(), context.get(), tokens).back();
    tokens.clear();
    for (; count > 0; --count) {
      sluice_nn_drawn drawn{};
      sluice_nn_error error{};
      EXPECT_EQ(llm().sampler_draw(sampler.get(), logits.data(), -1, &drawn, nullptr, &error), SLUICE_NN_OK)
          << error.text;
      if (llm().is_end(model_.get(), drawn.token) != 0) break;
      tokens.push_back(drawn.token);
      logits = feed(model_.get(), context.get(), {drawn.token}, 0, position++).back();
    }
    return tokens;
  }
};

TEST_F(Draws, TheSameSeedSaysTheSame) {
  sluice_nn_sampling sampling = greedy();
  EXPECT_EQ(answer("hello", sampling, 20), answer("hello", sampling, 20));
  sampling.temperature = 1;
  std::set<std::vector<std::int32_t>> answers;
  for (sampling.seed = 0; sampling.seed < 5; ++sampling.seed) {
    answers.insert(answer("hello", sampling, 20));
    EXPECT_EQ(answer("hello", sampling, 20), answer("hello", sampling, 20));
  }
  EXPECT_EQ(answers.size(), 5U);
}

TEST_F(Draws, LogprobsAndBias) {
  sluice_nn_sampling sampling = greedy();
  const std::int32_t wanted = 270;
  const float much = 1000;
  sampling.bias_tokens = &wanted;
  sampling.bias_values = &much;
  sampling.bias_count = 1;
  EXPECT_EQ(answer("hello", sampling, 3), std::vector<std::int32_t>(3, wanted));
  const std::int32_t beyond = 320;
  sampling.bias_tokens = &beyond;
  Sampler sampler;
  EXPECT_EQ(open(sampling, sampler).status, SLUICE_NN_INVALID);
  ASSERT_EQ(open(greedy(), sampler).status, SLUICE_NN_OK);
  Logits logits(320, 0);
  logits[7] = 20;
  sluice_nn_drawn drawn{};
  sluice_nn_drawn top[2];
  ASSERT_EQ(llm().sampler_draw(sampler.get(), logits.data(), 2, &drawn, top, nullptr), SLUICE_NN_OK);
  EXPECT_EQ(drawn.token, 7);
  EXPECT_NEAR(drawn.logprob, 0, 1e-5);
  EXPECT_EQ(top[0].token, 7);
  EXPECT_NEAR(top[1].logprob, -20, 1e-3);
}

TEST_F(Draws, KeepToAGrammar) {
  sluice_nn_sampling sampling = greedy();
  sampling.temperature = 1;
  sampling.grammar = text("root ::= \" hello\" [0-9]{3} \"é!\"");
  for (sampling.seed = 0; sampling.seed < 20; ++sampling.seed) {
    const std::string said = text_of(model_.get(), answer("a", sampling, 30));
    EXPECT_EQ(said.size(), 12U) << said;
    EXPECT_TRUE(said.starts_with(" hello") && said.ends_with("é!")) << said;
  }
  sampling.grammar = text("root ::= <s> | <nothing>");
  Sampler sampler;
  const Said said = open(sampling, sampler);
  EXPECT_EQ(said.status, SLUICE_NN_INVALID);
  EXPECT_THAT(said.text, HasSubstr("<nothing>"));
}

// What is drawn when the model wants these tokens most, the first the most.
TEST_F(Draws, LettersOfAGrammarAreUtf8) {
  const auto drawn_by = [&](std::string_view grammar, const std::vector<std::vector<int>>& wanted) {
    sluice_nn_sampling sampling = greedy();
    sampling.grammar = text(grammar);
    Sampler sampler;
    EXPECT_EQ(open(sampling, sampler).status, SLUICE_NN_OK);
    std::vector<int> bytes;
    for (const std::vector<int>& each : wanted) {
      Logits logits(320, -100);
      float logit = 0;
      for (const int byte : each) logits[3 + static_cast<std::size_t>(byte)] = logit--;
      sluice_nn_drawn drawn{};
      EXPECT_EQ(llm().sampler_draw(sampler.get(), logits.data(), -1, &drawn, nullptr, nullptr), SLUICE_NN_OK);
      bytes.push_back(drawn.token - 3);
    }
    return bytes;
  };
  // Not with more bytes than it takes.
  EXPECT_EQ(drawn_by("root ::= \"é\"", {{0xF0, 0xE0, 0xC3}, {0xAA, 0xA9}}), (std::vector{0xC3, 0xA9}));
  EXPECT_EQ(drawn_by("root ::= \"漢\"", {{0xF0, 0xE6}, {0xBC}, {0xA2}}), (std::vector{0xE6, 0xBC, 0xA2}));
  EXPECT_EQ(drawn_by("root ::= [^a]+", {{0xE0}, {0x80, 0x9F, 0xA0}, {0x80}}),
            (std::vector{0xE0, 0xA0, 0x80}));
  EXPECT_EQ(drawn_by("root ::= [^a]+", {{0xF0}, {0x8F, 0x90}, {0x80}}), (std::vector{0xF0, 0x90, 0x80}));
  // No halves of UTF-16, and nothing beyond the last letter.
  EXPECT_EQ(drawn_by("root ::= [^a]+", {{0xED}, {0xA0, 0xBF, 0x9F}}), (std::vector{0xED, 0x9F}));
  EXPECT_EQ(drawn_by("root ::= [^a]+", {{0xF8, 0xF7, 0xF5, 0xF4}, {0x90, 0x8F}}), (std::vector{0xF4, 0x8F}));
}

TEST_F(Draws, KeepToASchema) {
  std::string grammar;
  sluice_nn_error error{};
  ASSERT_EQ(
      llm().schema_grammar(
          model_.get(),
          text(
              R"({"type":"object","properties":{"a":{"type":"integer","minimum":0,"maximum":300}},"required":["a"],"additionalProperties":false})"),
          into(grammar), &error),
      SLUICE_NN_OK)
      << error.text;
  sluice_nn_sampling sampling = greedy();
  sampling.temperature = 1;
  sampling.grammar = text(grammar);
  int whole = 0;
  for (sampling.seed = 0; sampling.seed < 20; ++sampling.seed) {
    const std::string said = text_of(model_.get(), answer("a", sampling, 40));
    const auto json = nlohmann::json::parse(said, nullptr, false);
    if (json.is_discarded()) continue;  // it went on for too long, with blanks
    ++whole;
    EXPECT_TRUE(json.is_object() && json.size() == 1 && json["a"].is_number_integer()) << said;
  }
  EXPECT_GT(whole, 0);
  EXPECT_EQ(llm().schema_grammar(model_.get(), text("[]"), into(grammar), &error), SLUICE_NN_INVALID);
}

}  // namespace
}  // namespace sluice::backends::llama2c::test
