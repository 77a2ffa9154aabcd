#include "nn/sequences.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <numeric>

// How many tokens each sequence has.
struct sluice_nn_context {
  std::map<std::int32_t, std::int32_t> lengths;
  bool copies = true;
};

namespace sluice::nn {
namespace {

int remove_tokens(sluice_nn_context* context, std::int32_t sequence, std::int32_t from, std::int32_t /*to*/) {
  context->lengths[sequence] = std::min(context->lengths[sequence], from);
  return 1;
}

int copy_tokens(sluice_nn_context* context, std::int32_t source, std::int32_t target, std::int32_t to) {
  if (!context->copies || context->lengths[target] != 0 || context->lengths[source] < to) return 0;
  context->lengths[target] = to;
  return 1;
}

class SequencesTest : public ::testing::Test {
 protected:
  static sluice_nn_llm library() {
    sluice_nn_llm llm{};
    llm.sequence_remove = remove_tokens;
    llm.sequence_copy = copy_tokens;
    return llm;
  }
  static std::vector<std::int32_t> text(std::int32_t first, std::size_t length) {
    std::vector<std::int32_t> tokens(length);
    std::iota(tokens.begin(), tokens.end(), first);
    return tokens;
  }
  // Takes a sequence for the text and computes all of it.
  std::int32_t run(const std::vector<std::int32_t>& tokens) {
    const auto place = sequences_.take(tokens, {}, Sequences::Wanted::any);
    EXPECT_EQ(context_.lengths[place.sequence], static_cast<std::int32_t>(place.computed));
    context_.lengths[place.sequence] = static_cast<std::int32_t>(tokens.size());
    return place.sequence;
  }
  // Takes three that stand beside each other, and gives the middle one back to be kept as `text(400, …)`.
  std::int32_t keep_the_middle_of_three(std::size_t length) {
    std::vector<std::int32_t> ids{run(text(0, length)), run(text(100, length)), run(text(200, length))};
    EXPECT_FALSE(sequences_.apart());
    std::ranges::sort(ids);
    sequences_.keep(ids[1], text(400, length), 0);
    return ids[1];
  }
  std::size_t ready(const std::vector<std::int32_t>& tokens) {
    return sequences_.ready(tokens, Sequences::Wanted::any);
  }

  const sluice_nn_llm llm_ = library();
  sluice_nn_context context_;
  Sequences sequences_{llm_, &context_, 4, Sequences::Neighbours::matter};
};

TEST_F(SequencesTest, StandsBesideThoseInUse) {
  static_cast<void>(keep_the_middle_of_three(5));
  const auto move = sequences_.apart();
  ASSERT_TRUE(move);
  ASSERT_TRUE(sequences_.move(*move, 5));
  EXPECT_FALSE(sequences_.apart());
  EXPECT_EQ(context_.lengths[move->to], 5);
}

TEST_F(SequencesTest, WhatIsKeptGoesElsewhereWhereItsPlaceIsWanted) {
  const std::int32_t middle = keep_the_middle_of_three(9);
  // Between the two that are in use is the best place for another.
  EXPECT_EQ(run(text(300, 4)), middle);
  EXPECT_EQ(ready(text(400, 9)), 9U) << "it was forgotten";
}

TEST_F(SequencesTest, OneThatBeginsLikeTheOneInItsPlaceGoesOnInIt) {
  static_cast<void>(run(text(0, 9)));
  const auto two = run(text(100, 9));
  static_cast<void>(run(text(200, 9)));
  static_cast<void>(run(text(300, 9)));
  sequences_.keep(two, text(100, 9), 3);
  auto tokens = text(100, 6);
  tokens.push_back(7);
  const auto place = sequences_.take(tokens, {}, Sequences::Wanted::any);
  EXPECT_EQ(place.sequence, two);
  EXPECT_EQ(place.computed, 6U);
  EXPECT_EQ(place.steady, 3U);
  EXPECT_EQ(context_.lengths[two], 6);
}

TEST_F(SequencesTest, WhereNothingCanBeCopiedNothingMoves) {
  context_.copies = false;
  static_cast<void>(keep_the_middle_of_three(5));
  const auto move = sequences_.apart();
  ASSERT_TRUE(move);
  EXPECT_FALSE(sequences_.move(*move, 5));
  EXPECT_FALSE(sequences_.apart());
}

}  // namespace
}  // namespace sluice::nn
