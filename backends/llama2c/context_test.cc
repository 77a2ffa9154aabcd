#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "test/test_plugin.h"

namespace sluice::backends::llama2c::test {
namespace {

using ::testing::HasSubstr;

class Sequences : public ::testing::Test {
 protected:
  const Weights weights_ = random_weights(odd_dims(), true, 1);
  const Model model_ = open_bytes(legacy_file(weights_), weights_.dims.vocabulary);
  const Context context_ = make_context(model_.get());
  const std::vector<std::int32_t> tokens_ = some_tokens(20, 2, weights_.dims.vocabulary);

  std::vector<std::int32_t> tokens(std::size_t from, std::size_t to) const {
    return {tokens_.begin() + static_cast<std::ptrdiff_t>(from),
            tokens_.begin() + static_cast<std::ptrdiff_t>(to)};
  }
  // What a context of its own says after the first `count` tokens.
  Logits expected(std::size_t count) const {
    const Context context = make_context(model_.get());
    return feed(model_.get(), context.get(), tokens(0, count)).back();
  }
  Said decode(const std::vector<sluice_nn_item>& items) const { return try_decode(context_.get(), items); }
};

TEST_F(Sequences, ForgetTheirEnd) {
  feed(model_.get(), context_.get(), some_tokens(3, 9, 320));
  EXPECT_EQ(llm().sequence_remove(context_.get(), 0, 0, -1), 1);
  feed(model_.get(), context_.get(), tokens(0, 8));
  feed(model_.get(), context_.get(), some_tokens(6, 8, 320), 0, 8);
  EXPECT_EQ(llm().sequence_remove(context_.get(), 0, 8, -1), 1);
  EXPECT_EQ(feed(model_.get(), context_.get(), tokens(8, 12), 0, 8).back(), expected(12));
  // Up to the end, named or beyond it.
  EXPECT_EQ(llm().sequence_remove(context_.get(), 0, 10, 12), 1);
  EXPECT_EQ(llm().sequence_remove(context_.get(), 0, 8, 1000), 1);
  EXPECT_EQ(feed(model_.get(), context_.get(), tokens(8, 20), 0, 8).back(), expected(20));
}

TEST_F(Sequences, ForgetNothingInTheMiddle) {
  feed(model_.get(), context_.get(), tokens(0, 8));
  EXPECT_EQ(llm().sequence_remove(context_.get(), 0, 2, 5), 0);
  EXPECT_EQ(llm().sequence_remove(context_.get(), 0, 8, -1), 1) << "nothing is there to forget";
  EXPECT_EQ(llm().sequence_remove(context_.get(), 0, 5, 5), 1);
  EXPECT_EQ(llm().sequence_remove(context_.get(), 0, 5, 2), 1);
  EXPECT_EQ(llm().sequence_remove(context_.get(), -1, 0, -1), 0);
  EXPECT_EQ(llm().sequence_remove(context_.get(), 8, 0, -1), 0);
  EXPECT_EQ(feed(model_.get(), context_.get(), tokens(8, 12), 0, 8).back(), expected(12));
}

TEST_F(Sequences, GoOnFromACopiedBeginning) {
  feed(model_.get(), context_.get(), tokens(0, 10));
  EXPECT_EQ(llm().sequence_copy(context_.get(), 0, 5, 7), 1);
  // Neither sees what becomes of the other.
  feed(model_.get(), context_.get(), some_tokens(5, 3, 320), 0, 10);
  EXPECT_EQ(llm().sequence_remove(context_.get(), 0, 3, -1), 1);
  feed(model_.get(), context_.get(), some_tokens(5, 4, 320), 0, 3);
  EXPECT_EQ(feed(model_.get(), context_.get(), tokens(7, 15), 5, 7).back(), expected(15));
  EXPECT_EQ(llm().sequence_remove(context_.get(), 0, 0, -1), 1);
  EXPECT_EQ(feed(model_.get(), context_.get(), tokens(15, 20), 5, 15).back(), expected(20));
}

TEST_F(Sequences, CopyOnlyWhatThereIsToWhereNothingIs) {
  feed(model_.get(), context_.get(), tokens(0, 4));
  feed(model_.get(), context_.get(), tokens(0, 2), 1);
  for (const auto& [source, target, to] : std::vector<std::tuple<int, int, int>>{{0, 2, 5},
                                                                                 {0, 1, 2},
                                                                                 {0, 0, 2},
                                                                                 {0, 8, 2},
                                                                                 {-1, 2, 2},
                                                                                 {8, 2, 2},
                                                                                 {0, -1, 2},
                                                                                 {0, 2, 0},
                                                                                 {0, 2, -1},
                                                                                 {3, 2, 1}}) {
    EXPECT_EQ(llm().sequence_copy(context_.get(), source, target, to), 0)
        << source << " " << target << " " << to;
  }
  EXPECT_EQ(llm().sequence_copy(context_.get(), 0, 2, 4), 1);
}

TEST_F(Sequences, SharedBeginningsTakeNoRoom) {
  sluice_nn_context_options options = small_context();
  options.tokens = 24;
  const Context context = make_context(model_.get(), options);
  feed(model_.get(), context.get(), tokens(0, 16));
  for (std::int32_t target = 1; target < 8; ++target) {
    EXPECT_EQ(llm().sequence_copy(context.get(), 0, target, 16), 1);
    feed(model_.get(), context.get(), {5}, target, 16);
  }
  std::vector<sluice_nn_item> items{{5, 16, 0, 1}, {6, 17, 0, 1}};
  EXPECT_EQ(try_decode(context.get(), items).status, SLUICE_NN_FULL);
  EXPECT_EQ(llm().logits(context.get(), 0), nullptr);
  items.pop_back();
  EXPECT_EQ(try_decode(context.get(), items).status, SLUICE_NN_OK);
  EXPECT_EQ(try_decode(context.get(), {{5, 17, 0, 1}}).status, SLUICE_NN_FULL);
  // What the last one gives back is free.
  for (std::int32_t target = 0; target < 8; ++target)
    EXPECT_EQ(llm().sequence_remove(context.get(), target, 0, -1), 1);
  feed(model_.get(), context.get(), some_tokens(24, 1, 320));
}

TEST_F(Sequences, RefuseItemsThatMakeNoSense) {
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
  feed(model_.get(), context_.get(), tokens(0, 4));
  for (const std::int32_t token : {-1, 320, least, most}) {
    const Said said = decode({{1, 4, 0, 1}, {token, 5, 0, 1}});
    EXPECT_EQ(said.status, SLUICE_NN_INVALID);
    EXPECT_THAT(said.text, HasSubstr("token " + std::to_string(token)));
  }
  for (const std::int32_t position : {-1, 0, 3, 6, least, most}) {
    const Said said = decode({{1, 4, 0, 1}, {1, position, 0, 1}});
    EXPECT_EQ(said.status, SLUICE_NN_INVALID);
    EXPECT_THAT(said.text, HasSubstr("5 is next"));
  }
  for (const std::int32_t sequence : {-1, 8, least, most})
    EXPECT_EQ(decode({{1, 0, sequence, 1}}).status, SLUICE_NN_INVALID);
  const std::vector<sluice_nn_item> many(129, {1, 0, 0, 1});
  EXPECT_THAT(decode(many).text, HasSubstr("at most 128"));
  // None of it was kept.
  EXPECT_EQ(feed(model_.get(), context_.get(), tokens(4, 9), 0, 4).back(), expected(9));
}

TEST_F(Sequences, HaveLogitsWhereTheyWereWanted) {
  ASSERT_EQ(
      decode({{tokens_[0], 0, 0, 0}, {tokens_[1], 1, 0, 1}, {tokens_[0], 0, 1, 1}, {tokens_[1], 1, 1, 0}})
          .status,
      SLUICE_NN_OK);
  EXPECT_EQ(llm().logits(context_.get(), 0), nullptr);
  EXPECT_EQ(llm().logits(context_.get(), 3), nullptr);
  EXPECT_EQ(llm().logits(context_.get(), 4), nullptr);
  const float* row = llm().logits(context_.get(), 1);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(Logits(row, row + 320), expected(2));
  row = llm().logits(context_.get(), 2);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(Logits(row, row + 320), expected(1));
  EXPECT_EQ(decode({}).status, SLUICE_NN_OK);
  EXPECT_EQ(llm().logits(context_.get(), 1), nullptr);
}

TEST(Contexts, StopKeepsNothing) {
  const Weights weights = random_weights(
      {.dim = 128, .hidden = 512, .layers = 8, .heads = 4, .heads_kv = 4, .vocabulary = 320, .context = 4096},
      true, 1);
  const Model model = open_bytes(legacy_file(weights), 320);
  sluice_nn_context_options options = small_context();
  options.tokens = 4096;
  options.batch_tokens = 4096;
  options.threads_batch = 2;
  const Context context = make_context(model.get(), options);
  std::vector<sluice_nn_item> items;
  for (std::int32_t position = 0; position < 4096; ++position) items.push_back({5, position, 0, 0});
  sluice_nn_status status = SLUICE_NN_OK;
  {
    const std::jthread stopper([&](const std::stop_token& done) {
      while (!done.stop_requested()) {
        llm().context_stop(context.get());
        std::this_thread::yield();
      }
    });
    status = try_decode(context.get(), items).status;
  }
  EXPECT_EQ(status, SLUICE_NN_STOPPED);
  EXPECT_EQ(llm().logits(context.get(), 0), nullptr);
  // The whole room is there again, from position 0 on.
  items.resize(16);
  EXPECT_EQ(try_decode(context.get(), items).status, SLUICE_NN_OK);
}

TEST(Contexts, RefuseOptionsThatMakeNoSense) {
  const Model model = open_bytes(legacy_file(random_weights(odd_dims(), true, 1)), 320);
  const auto open = [&](const sluice_nn_context_options& options) {
    sluice_nn_context* context = nullptr;
    sluice_nn_error error{};
    const auto status = llm().context_open(model.get(), &options, &context, &error);
    const Context closed(context);
    return Said{status, error.text};
  };
  for (const auto member : {&sluice_nn_context_options::tokens, &sluice_nn_context_options::sequences,
                            &sluice_nn_context_options::batch_tokens}) {
    sluice_nn_context_options options = small_context();
    options.*member = 0;
    EXPECT_EQ(open(options).status, SLUICE_NN_INVALID);
    options.*member = std::numeric_limits<std::uint32_t>::max();
    EXPECT_EQ(open(options).status,
              member == &sluice_nn_context_options::tokens ? SLUICE_NN_NO_MEMORY : SLUICE_NN_INVALID);
  }
  sluice_nn_context_options options = small_context();
  options.embeddings = 1;
  EXPECT_EQ(open(options).status, SLUICE_NN_UNSUPPORTED);
  const Context context = make_context(model.get());
  sluice_nn_error error{};
  const std::int32_t token = 1;
  const std::size_t offsets[] = {0, 1};
  float vector[64];
  EXPECT_EQ(llm().embed(context.get(), &token, offsets, 1, vector, &error), SLUICE_NN_UNSUPPORTED);
}

}  // namespace
}  // namespace sluice::backends::llama2c::test
