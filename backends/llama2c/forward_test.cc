#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "test/reference.h"
#include "test/test_plugin.h"

namespace sluice::backends::llama2c::test {
namespace {

// The largest difference of two rows, in parts of what the row spans.
double difference(const Logits& found, const std::vector<double>& expected) {
  EXPECT_EQ(found.size(), expected.size());
  const auto [least, most] = std::ranges::minmax(expected);
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(found[i]) - expected[i]));
  return largest / (most - least);
}

void expect_like_reference(const std::string& bytes, const Weights& weights, double tolerance) {
  const Model model = open_bytes(bytes, weights.dims.vocabulary);
  ASSERT_NE(model, nullptr);
  const Context context = make_context(model.get());
  const auto tokens = some_tokens(40, 3, weights.dims.vocabulary);
  const auto expected = reference_logits(weights, tokens);
  const auto found = feed(model.get(), context.get(), tokens);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_LT(difference(found[i], expected[i]), tolerance) << "after token " << i;
}

constexpr double exact = 2e-5;

TEST(Forward, LegacyFilesAreComputedLikeTheReference) {
  for (const bool shared : {true, false}) {
    for (const Dims& dims : {odd_dims(), even_dims()}) {
      const Weights weights = random_weights(dims, shared, 1);
      expect_like_reference(legacy_file(weights), weights, exact);
    }
  }
}

TEST(Forward, Version1IsComputedLikeTheReference) {
  for (const bool shared : {true, false}) {
    const Weights weights = random_weights(odd_dims(), shared, 2);
    expect_like_reference(version1_file(weights), weights, exact);
  }
}

TEST(Forward, Version2IsComputedLikeTheReferenceWithRoundedWeights) {
  for (const bool shared : {true, false}) {
    for (const std::int32_t group : {32, 16, 4}) {
      Dims dims = even_dims();
      dims.heads_kv = 2;
      const Weights weights = random_weights(dims, shared, 3);
      const std::string bytes = version2_file(weights, group);
      expect_like_reference(bytes, rounded(weights, static_cast<std::size_t>(group)), exact);
      // What the rounding itself takes away.
      expect_like_reference(bytes, weights, 0.1);
    }
  }
}

TEST(Forward, OneHeadForAllKeys) {
  Dims dims = even_dims();
  dims.heads_kv = 1;
  const Weights weights = random_weights(dims, true, 4);
  expect_like_reference(legacy_file(weights), weights, exact);
}

std::string large_enough_for_threads() {
  return legacy_file(random_weights(
      {.dim = 256, .hidden = 512, .layers = 2, .heads = 8, .heads_kv = 4, .vocabulary = 4096, .context = 128},
      true, 5));
}

// Prompts of several lengths, each computed alone: the logits after its tokens.
struct Alone {
  std::vector<std::vector<std::int32_t>> prompts;
  std::vector<std::vector<Logits>> logits;
};

Alone alone(sluice_nn_model* model, std::int32_t vocabulary) {
  Alone all;
  for (const std::size_t length : {1U, 2U, 3U, 5U, 8U, 17U, 40U}) {
    all.prompts.push_back(some_tokens(length, static_cast<unsigned>(length), vocabulary));
    const Context context = make_context(model);
    std::vector<Logits> logits;
    // One token after the other.
    for (std::size_t i = 0; i < length; ++i) {
      logits.push_back(
          feed(model, context.get(), {all.prompts.back()[i]}, 0, static_cast<std::int32_t>(i)).at(0));
    }
    all.logits.push_back(std::move(logits));
  }
  return all;
}

void expect_same_together(sluice_nn_model* model, std::int32_t vocabulary, std::uint32_t threads) {
  const Alone all = alone(model, vocabulary);
  sluice_nn_context_options options = small_context();
  options.threads = threads;
  options.threads_batch = threads;
  const Context context = make_context(model, options);
  // One of each in turn, as long as they have any.
  std::vector<sluice_nn_item> items;
  for (std::size_t position = 0; position < 40; ++position) {
    for (std::size_t s = 0; s < all.prompts.size(); ++s) {
      if (position >= all.prompts[s].size()) continue;
      items.push_back(
          {all.prompts[s][position], static_cast<std::int32_t>(position), static_cast<std::int32_t>(s), 1});
    }
  }
  ASSERT_EQ(try_decode(context.get(), items).status, SLUICE_NN_OK);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const float* row = llm().logits(context.get(), i);
    ASSERT_NE(row, nullptr);
    const Logits& expected =
        all.logits[static_cast<std::size_t>(items[i].sequence)][static_cast<std::size_t>(items[i].position)];
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), row))
        << "item " << i << ", " << threads << " threads";
  }
}

TEST(Forward, NeighboursInABatchChangeNoBit) {
  const Dims odd = odd_dims();
  for (const std::string& bytes :
       {legacy_file(random_weights(odd, true, 6)), version1_file(random_weights(odd, false, 7)),
        version2_file(random_weights(even_dims(), true, 8), 32)}) {
    const Model model = open_bytes(bytes, odd.vocabulary);
    ASSERT_NE(model, nullptr);
    expect_same_together(model.get(), odd.vocabulary, 1);
  }
}

TEST(Forward, ThreadsChangeNoBit) {
  const Model model = open_bytes(large_enough_for_threads(), 4096);
  ASSERT_NE(model, nullptr);
  for (const std::uint32_t threads : {1U, 2U, 3U}) expect_same_together(model.get(), 4096, threads);
}

TEST(Forward, PromptsInPartsAreThoseInOnePiece) {
  const Weights weights = random_weights(odd_dims(), true, 9);
  const Model model = open_bytes(legacy_file(weights), weights.dims.vocabulary);
  const auto tokens = some_tokens(48, 10, weights.dims.vocabulary);
  const Context whole = make_context(model.get());
  const auto expected = feed(model.get(), whole.get(), tokens);
  for (const std::size_t part : {1U, 2U, 5U, 7U, 16U, 47U}) {
    const Context context = make_context(model.get());
    std::vector<Logits> found;
    for (std::size_t at = 0; at < tokens.size(); at += part) {
      const std::size_t end = std::min(at + part, tokens.size());
      const auto begin = tokens.begin();
      for (Logits& row :
           feed(model.get(), context.get(),
                {begin + static_cast<std::ptrdiff_t>(at), begin + static_cast<std::ptrdiff_t>(end)}, 0,
                static_cast<std::int32_t>(at))) {
        found.push_back(std::move(row));
      }
    }
    EXPECT_EQ(found, expected) << "parts of " << part;
  }
}

}  // namespace
}  // namespace sluice::backends::llama2c::test
