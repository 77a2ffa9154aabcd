#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "test/test_model.h"

namespace sluice::backends::ggml::test {
namespace {

using Row = std::vector<float>;

std::int32_t best(const Row& row) {
  return static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

const std::vector<std::int32_t>& prompt() {
  static const auto tokens = tokens_of(
      chat_model(),
      "The committee met in the old town hall to talk about the budget for the coming year, and nobody knew");
  return tokens;
}

// The rows of an answer: of the prompt, and of each token after it, that of `answer` if it is not empty.
std::vector<Row> alone(sluice_nn_context* context, std::int32_t sequence, int count) {
  std::vector<Row> rows{feed(context, prompt(), sequence, 0)};
  auto position = static_cast<std::int32_t>(prompt().size());
  for (int i = 0; i < count; ++i) rows.push_back(feed(context, {best(rows.back())}, sequence, position++));
  return rows;
}

// Sequences in one memory, and each in its own.
class EitherMemory : public testing::TestWithParam<std::uint32_t> {
 protected:
  static sluice_nn_context_options options() {
    sluice_nn_context_options options = small_context();
    options.separate = GetParam();
    // Each has as much as all have together otherwise.
    if (options.separate != 0) options.tokens *= options.sequences;
    return options;
  }
};

INSTANTIATE_TEST_SUITE_P(Context, EitherMemory, testing::Values(0U, 1U));

TEST_P(EitherMemory, AnswersBesideOthersAreThoseAlone) {
  const Context context = make_context(chat_model(), options());
  constexpr int count = 12;
  const auto expected = alone(context.get(), 0, count);
  ASSERT_EQ(llm().sequence_remove(context.get(), 0, 0, -1), 1);
  Row row = feed(context.get(), prompt(), 0, 0);
  EXPECT_EQ(row, expected[0]);
  for (std::int32_t other = 1; other < 8; ++other)
    feed(context.get(), tokens_of(chat_model(), "Another text, number " + std::to_string(other)), other, 0);
  auto position = static_cast<std::int32_t>(prompt().size());
  for (int i = 0; i < count; ++i) {
    std::vector<sluice_nn_item> items;
    for (std::int32_t other = 1; other < 8; ++other)
      items.push_back({1000 + other * 7 + i, 20 + i, other, 1});
    items.insert(items.begin() + i % 7, {best(row), position++, 0, 1});
    for (auto& item : items) {
      if (item.sequence != 0)
        item.position =
            static_cast<std::int32_t>(
                tokens_of(chat_model(), "Another text, number " + std::to_string(item.sequence)).size()) +
            i;
    }
    sluice_nn_error error{};
    ASSERT_EQ(llm().decode(context.get(), items.data(), items.size(), &error), SLUICE_NN_OK) << error.text;
    const float* logits = llm().logits(context.get(), static_cast<std::size_t>(i % 7));
    row.assign(logits, logits + row.size());
    // Bit by bit.
    EXPECT_EQ(row, expected[static_cast<std::size_t>(i) + 1]) << i;
  }
}

TEST_P(EitherMemory, PromptsMayComeInParts) {
  const Context context = make_context(chat_model(), options());
  const Row expected = feed(context.get(), prompt(), 0, 0);
  const auto half = prompt().begin() + static_cast<std::ptrdiff_t>(prompt().size() / 2);
  feed(context.get(), {prompt().begin(), half}, 1, 0);
  EXPECT_EQ(feed(context.get(), {half, prompt().end()}, 1, static_cast<std::int32_t>(prompt().size() / 2)),
            expected);
}

TEST(Context, PromptInALargeBatchStaysWithinTheTolerance) {
  const Context context = make_context(chat_model(), small_context());
  const Row expected = feed(context.get(), prompt(), 0, 0);
  std::vector<sluice_nn_item> items;
  for (std::int32_t i = 0; i < 100; ++i) items.push_back({500 + i * 11, i, 1, 0});
  for (std::size_t i = 0; i < prompt().size(); ++i)
    items.push_back({prompt()[i], static_cast<std::int32_t>(i), 2, 0});
  items.back().output = 1;
  ASSERT_EQ(llm().decode(context.get(), items.data(), items.size(), nullptr), SLUICE_NN_OK);
  const float* row = llm().logits(context.get(), items.size() - 1);
  double square = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    square += std::pow(static_cast<double>(row[i] - expected[i]), 2);
  EXPECT_LT(std::sqrt(square / static_cast<double>(expected.size())), 0.4);
  EXPECT_EQ(best({row, row + expected.size()}), best(expected));
}

TEST_P(EitherMemory, SharesABeginning) {
  const Context context = make_context(chat_model(), options());
  const Row expected = feed(context.get(), prompt(), 0, 0);
  const auto part = static_cast<std::int32_t>(prompt().size()) - 5;
  ASSERT_EQ(llm().sequence_copy(context.get(), 0, 3, part), 1);
  EXPECT_EQ(feed(context.get(), {prompt().end() - 5, prompt().end()}, 3, part), expected);
  // What was shared stays when the first one goes.
  ASSERT_EQ(llm().sequence_remove(context.get(), 0, 0, -1), 1);
  ASSERT_EQ(llm().sequence_remove(context.get(), 3, part, -1), 1);
  EXPECT_EQ(feed(context.get(), {prompt().end() - 5, prompt().end()}, 3, part), expected);
  EXPECT_EQ(llm().sequence_copy(context.get(), 3, 3, part), 0);
  EXPECT_EQ(llm().sequence_copy(context.get(), 5, 6, 1), 0);
  EXPECT_EQ(llm().sequence_copy(context.get(), 3, 99, 1), 0);
  EXPECT_EQ(llm().sequence_remove(context.get(), 99, 0, -1), 0);
}

TEST(Context, FullLeavesEverythingAsItWas) {
  sluice_nn_context_options options = small_context();
  options.tokens = 256;
  const Context context = make_context(chat_model(), options);
  const Row expected = feed(context.get(), prompt(), 0, 0);
  std::vector<sluice_nn_item> items;
  for (std::int32_t i = 0; i < 250; ++i) items.push_back({500 + i, i, 1, 0});
  sluice_nn_error error{};
  EXPECT_EQ(llm().decode(context.get(), items.data(), items.size(), &error), SLUICE_NN_FULL);
  EXPECT_THAT(error.text, testing::HasSubstr("250"));
  EXPECT_EQ(feed(context.get(), prompt(), 1, 0), expected);
}

TEST(Context, RefusesBadBatches) {
  const Context context = make_context(chat_model(), small_context());
  const auto refused = [&](std::vector<sluice_nn_item> items) {
    sluice_nn_error error{};
    return llm().decode(context.get(), items.data(), items.size(), &error) == SLUICE_NN_INVALID &&
           error.text[0] != 0;
  };
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({{-1, 0, 0, 1}}));
  EXPECT_TRUE(refused({{49152, 0, 0, 1}}));
  EXPECT_TRUE(refused({{5, -1, 0, 1}}));
  EXPECT_TRUE(refused({{5, 0, 8, 1}}));
  EXPECT_TRUE(refused({{5, 0, 0, 0}, {5, 7, 0, 1}}));
  EXPECT_TRUE(refused(std::vector<sluice_nn_item>(513, {5, 0, 0, 0})));
  std::vector<sluice_nn_item> outputs;
  for (std::int32_t i = 0; i < 100; ++i) outputs.push_back({5, i, 0, 1});
  EXPECT_TRUE(refused(outputs));
  EXPECT_EQ(best(feed(context.get(), prompt(), 0, 0)), best(feed(context.get(), prompt(), 1, 0)));
}

TEST_P(EitherMemory, StopsSoonAndKeepsNothing) {
  const Context context = make_context(chat_model(), options());
  const Row expected = feed(context.get(), prompt(), 0, 0);
  std::vector<sluice_nn_item> items;
  for (std::int32_t i = 0; i < 512; ++i) items.push_back({500 + i, i, 1, 0});
  // A stop that comes too early is for nothing; so it is said until it works.
  sluice_nn_status status = SLUICE_NN_OK;
  for (int round = 0; round < 5 && status == SLUICE_NN_OK; ++round) {
    llm().sequence_remove(context.get(), 1, 0, -1);
    std::atomic<bool> done{false};
    std::thread stopper([&] {
      while (!done) {
        llm().context_stop(context.get());
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
    status = llm().decode(context.get(), items.data(), items.size(), nullptr);
    done = true;
    stopper.join();
  }
  EXPECT_EQ(status, SLUICE_NN_STOPPED);
  EXPECT_EQ(feed(context.get(), prompt(), 1, 0), expected);
}

}  // namespace
}  // namespace sluice::backends::ggml::test
