#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "test/test_model.h"

namespace sluice::backends::ggml::test {
namespace {

std::string bytes_of(std::int32_t token) {
  char bytes[256];
  return std::string(bytes, llm().piece(chat_model(), token, 0, bytes, sizeof bytes));
}

// Logits as a model's: a few likely tokens, a long tail.
std::vector<float> some_logits(unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 2.5F);
  std::vector<float> logits(vocabulary_size(chat_model()));
  for (float& logit : logits) logit = normal(random);
  return logits;
}

struct Filters {
  float temperature;
  std::size_t top_k;
  float min_p;
  float top_p;
};

// The distribution by the plainest means: all tokens that the predicate allows, sorted, then each filter in
// turn.
std::map<std::int32_t, double> reference(const std::vector<float>& logits, const Filters& filters,
                                         bool (*fine)(const std::string&)) {
  std::vector<std::pair<double, std::int32_t>> all;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (fine == nullptr || fine(bytes_of(static_cast<std::int32_t>(i)))) {
      all.emplace_back(-static_cast<double>(logits[i]), static_cast<std::int32_t>(i));
    }
  }
  std::sort(all.begin(), all.end());
  if (filters.top_k > 0 && all.size() > filters.top_k) all.resize(filters.top_k);
  const double best = all.front().first;
  if (filters.min_p > 0) {
    std::erase_if(all, [&](const auto& each) {
      return std::exp(best - each.first) < static_cast<double>(filters.min_p);
    });
  }
  if (filters.top_p < 1) {
    double whole = 0;
    for (const auto& each : all) whole += std::exp(best - each.first);
    double sum = 0;
    std::size_t count = 0;
    while (count < all.size() && sum < static_cast<double>(filters.top_p) * whole)
      sum += std::exp(best - all[count++].first);
    all.resize(std::max<std::size_t>(count, 1));
  }
  double whole = 0;
  for (const auto& each : all)
    whole += std::exp((best - each.first) / static_cast<double>(filters.temperature));
  std::map<std::int32_t, double> probabilities;
  for (const auto& each : all) {
    probabilities[each.second] =
        std::exp((best - each.first) / static_cast<double>(filters.temperature)) / whole;
  }
  return probabilities;
}

sluice_nn_drawn draw_once(const std::vector<float>& logits, const sluice_nn_sampling& sampling) {
  Sampler sampler;
  const Said said = make_sampler(sampling, sampler);
  EXPECT_EQ(said.status, SLUICE_NN_OK) << said.text;
  sluice_nn_drawn drawn{};
  sluice_nn_error error{};
  EXPECT_EQ(llm().sampler_draw(sampler.get(), logits.data(), -1, &drawn, nullptr, &error), SLUICE_NN_OK)
      << error.text;
  return drawn;
}

// Draws with many seeds and compares how often each token comes with the reference.
void expect_same(const Filters& filters, const std::string& grammar, bool (*fine)(const std::string&)) {
  const std::vector<float> logits = some_logits(5);
  const auto expected = reference(logits, filters, fine);
  constexpr int draws = 600;
  std::map<std::int32_t, int> counts;
  for (int seed = 0; seed < draws; ++seed) {
    sluice_nn_sampling sampling = greedy();
    sampling.temperature = filters.temperature;
    sampling.top_k = static_cast<std::int32_t>(filters.top_k);
    sampling.min_p = filters.min_p;
    sampling.top_p = filters.top_p;
    sampling.seed = static_cast<std::uint64_t>(seed);
    sampling.grammar = text(grammar);
    ++counts[draw_once(logits, sampling).token];
  }
  for (const auto& [token, count] : counts)
    EXPECT_TRUE(expected.contains(token)) << token << " " << bytes_of(token);
  for (const auto& [token, probability] : expected) {
    const double deviation = std::sqrt(draws * probability * (1 - probability)) + 0.5;
    EXPECT_NEAR(counts[token], draws * probability, 5 * deviation) << token << " " << bytes_of(token);
  }
}

bool is_number(const std::string& bytes) {
  return !bytes.empty() &&
         std::all_of(bytes.begin(), bytes.end(), [](char letter) { return letter >= '0' && letter <= '9'; });
}
bool is_lower(const std::string& bytes) {
  return !bytes.empty() &&
         std::all_of(bytes.begin(), bytes.end(), [](char letter) { return letter >= 'a' && letter <= 'z'; });
}
constexpr const char* number_grammar = "root ::= [0-9]+";
constexpr const char* lower_grammar = "root ::= [a-z]+";

TEST(Sampler, DrawsAsThePlainestReference) {
  expect_same({0.8F, 40, 0.05F, 0.95F}, "", nullptr);
  expect_same({1, 0, 0, 0.5F}, "", nullptr);
  expect_same({1.5F, 5, 0, 1}, "", nullptr);
  expect_same({0.7F, 0, 0.1F, 1}, "", nullptr);
}

TEST(Sampler, DrawsAsThePlainestReferenceWithAGrammar) {
  expect_same({0.8F, 40, 0.05F, 0.95F}, lower_grammar, is_lower);
  expect_same({0.8F, 40, 0.05F, 0.95F}, number_grammar, is_number);
  expect_same({1, 0, 0, 0.3F}, lower_grammar, is_lower);
  expect_same({1, 3, 0, 0.9F}, number_grammar, is_number);
  expect_same({1, 0, 0, 1}, number_grammar, is_number);
  expect_same({1.2F, 200, 0, 0.97F}, number_grammar, is_number);
}

TEST(Sampler, AtTemperatureZeroItIsTheFirstThatTheGrammarAllows) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const std::vector<float> logits = some_logits(seed);
    const auto best = [&](bool (*fine)(const std::string&)) {
      std::int32_t found = -1;
      for (std::size_t i = 0; i < logits.size(); ++i) {
        if (fine != nullptr && !fine(bytes_of(static_cast<std::int32_t>(i)))) continue;
        if (found < 0 || logits[i] > logits[static_cast<std::size_t>(found)])
          found = static_cast<std::int32_t>(i);
      }
      return found;
    };
    sluice_nn_sampling sampling = greedy();
    EXPECT_EQ(draw_once(logits, sampling).token, best(nullptr));
    sampling.grammar = text(number_grammar);
    EXPECT_EQ(draw_once(logits, sampling).token, best(is_number));
    sampling.grammar = text(lower_grammar);
    EXPECT_EQ(draw_once(logits, sampling).token, best(is_lower));
  }
}

TEST(Sampler, SameSeedSameTokens) {
  const std::vector<float> logits = some_logits(3);
  const auto draw = [&](std::uint64_t seed) {
    sluice_nn_sampling sampling = greedy();
    sampling.temperature = 1;
    sampling.seed = seed;
    Sampler sampler;
    make_sampler(sampling, sampler);
    std::vector<std::int32_t> tokens;
    for (int i = 0; i < 20; ++i) {
      sluice_nn_drawn drawn{};
      llm().sampler_draw(sampler.get(), logits.data(), -1, &drawn, nullptr, nullptr);
      tokens.push_back(drawn.token);
    }
    return tokens;
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
  EXPECT_EQ(draw(~std::uint64_t{0}), draw(~std::uint64_t{0}));
}

TEST(Sampler, LogprobsAreOfTheModelsOwnDistribution) {
  const std::vector<float> logits = some_logits(8);
  double norm = 0;
  for (const float logit : logits) norm += std::exp(static_cast<double>(logit));
  sluice_nn_sampling sampling = greedy();
  sampling.temperature = 0.3F;
  sampling.top_k = 2;
  sampling.grammar = text(number_grammar);
  Sampler sampler;
  ASSERT_EQ(make_sampler(sampling, sampler).status, SLUICE_NN_OK);
  sluice_nn_drawn drawn{};
  std::vector<sluice_nn_drawn> top(5);
  ASSERT_EQ(llm().sampler_draw(sampler.get(), logits.data(), 5, &drawn, top.data(), nullptr), SLUICE_NN_OK);
  EXPECT_NEAR(drawn.logprob,
              static_cast<double>(logits[static_cast<std::size_t>(drawn.token)]) - std::log(norm), 1e-3);
  std::vector<float> sorted = logits;
  std::sort(sorted.rbegin(), sorted.rend());
  for (std::size_t i = 0; i < top.size(); ++i) {
    EXPECT_NEAR(top[i].logprob, static_cast<double>(sorted[i]) - std::log(norm), 1e-3);
  }
}

TEST(Sampler, PenaltiesAndBiasChangeTheChoice) {
  std::vector<float> logits(vocabulary_size(chat_model()), 0);
  logits[1000] = 5;
  logits[1001] = 4.5F;
  sluice_nn_sampling sampling = greedy();
  sampling.presence_penalty = 1;
  sampling.penalty_last = 2;
  Sampler sampler;
  ASSERT_EQ(make_sampler(sampling, sampler).status, SLUICE_NN_OK);
  const auto draw = [&] {
    sluice_nn_drawn drawn{};
    EXPECT_EQ(llm().sampler_draw(sampler.get(), logits.data(), -1, &drawn, nullptr, nullptr), SLUICE_NN_OK);
    return drawn.token;
  };
  EXPECT_EQ(draw(), 1000);
  EXPECT_EQ(draw(), 1001);
  EXPECT_EQ(draw(), 1000);
  llm().sampler_see(sampler.get(), 1000);
  llm().sampler_see(sampler.get(), 1000);
  EXPECT_EQ(draw(), 1001);

  const std::int32_t tokens[] = {1000, 77};
  const float values[] = {-100, 100};
  sampling = greedy();
  sampling.bias_tokens = tokens;
  sampling.bias_values = values;
  sampling.bias_count = 1;
  EXPECT_EQ(draw_once(logits, sampling).token, 1001);
  sampling.bias_count = 2;
  EXPECT_EQ(draw_once(logits, sampling).token, 77);
}

TEST(Sampler, RefusesWhatMakesNoSense) {
  Sampler sampler;
  const auto refused = [&](auto change) {
    sluice_nn_sampling sampling = greedy();
    change(sampling);
    return make_sampler(sampling, sampler).status == SLUICE_NN_INVALID;
  };
  EXPECT_TRUE(refused([](auto& sampling) { sampling.temperature = -1; }));
  EXPECT_TRUE(refused([](auto& sampling) { sampling.temperature = std::nanf(""); }));
  EXPECT_TRUE(refused([](auto& sampling) { sampling.top_p = 1.5F; }));
  EXPECT_TRUE(refused([](auto& sampling) { sampling.min_p = -0.1F; }));
  EXPECT_TRUE(refused([](auto& sampling) { sampling.top_k = -1; }));
  EXPECT_TRUE(refused([](auto& sampling) { sampling.repeat_penalty = 0; }));
  EXPECT_TRUE(refused([](auto& sampling) {
    static constexpr std::int32_t token = 60'000;
    static constexpr float value = 1;
    sampling.bias_tokens = &token;
    sampling.bias_values = &value;
    sampling.bias_count = 1;
  }));
  EXPECT_TRUE(refused([](auto& sampling) {
    sampling.grammar = text("root ::= \"a\"");
    sampling.grammar_lazy = 1;
  }));
}

TEST(Sampler, BrokenLogitsAreAnError) {
  const std::vector<float> nothing(vocabulary_size(chat_model()), std::nanf(""));
  for (const float temperature : {0.0F, 1.0F}) {
    sluice_nn_sampling sampling = greedy();
    sampling.temperature = temperature;
    Sampler sampler;
    ASSERT_EQ(make_sampler(sampling, sampler).status, SLUICE_NN_OK);
    sluice_nn_drawn drawn{};
    sluice_nn_error error{};
    EXPECT_EQ(llm().sampler_draw(sampler.get(), nothing.data(), -1, &drawn, nullptr, &error),
              SLUICE_NN_BROKEN);
    std::vector<float> one = nothing;
    one[42] = -3;
    ASSERT_EQ(llm().sampler_draw(sampler.get(), one.data(), -1, &drawn, nullptr, &error), SLUICE_NN_OK)
        << error.text;
    EXPECT_EQ(drawn.token, 42);
  }
}

}  // namespace
}  // namespace sluice::backends::ggml::test
