#include "nn/fillers.h"

#include <gmock/gmock.h>

namespace sluice::nn {
namespace {

using ::testing::ElementsAre;

struct Run {
  std::int32_t sequence;
  std::int32_t tokens;
  std::int32_t first = 0;  // its position
};

std::vector<Run> fill(const std::vector<Run>& runs, EngineSettings settings, bool is_steady) {
  Batch batch;
  batch.is_steady = is_steady;
  for (const Run& run : runs) {
    for (std::int32_t i = 0; i < run.tokens; ++i) batch.items.push_back({7, run.first + i, run.sequence, 0});
  }
  settings.steady_least = 2;
  settings.steady_most = 63;
  settings.busy_least = 64;
  settings.request_tokens = 100;
  std::vector<Run> filled;
  for (const Filler& filler : fillers_for(batch, settings))
    filled.push_back({filler.after.sequence, filler.count, filler.after.position + 1});
  return filled;
}

std::vector<Run> fill(const std::vector<Run>& runs, bool separate, bool is_steady) {
  EngineSettings settings;
  settings.separate = separate;
  return fill(runs, settings, is_steady);
}

MATCHER_P3(IsRun, sequence, tokens, first, "") {
  return arg.sequence == sequence && arg.tokens == tokens && arg.first == first;
}

TEST(Fillers, ASteadyTokenIsNotComputedByItself) {
  EXPECT_THAT(fill({{3, 1, 9}}, false, true), ElementsAre(IsRun(3, 1, 10)));
  EXPECT_THAT(fill({{3, 1}, {5, 1}}, false, true), ElementsAre());
  EXPECT_THAT(fill({{3, 2}}, true, true), ElementsAre());
}

TEST(Fillers, WithSeparateMemoriesOnlyNeighboursAreComputedTogether) {
  EXPECT_THAT(fill({{4, 1}, {3, 1}, {9, 1, 20}}, true, true), ElementsAre(IsRun(9, 1, 21)));
}

TEST(Fillers, ShortPromptsBecomeAsLongAsTheLongest) {
  EXPECT_THAT(fill({{0, 20}, {1, 18}}, true, false), ElementsAre(IsRun(1, 2, 18)));
  EXPECT_THAT(fill({{0, 20}, {1, 18}}, false, false), ElementsAre());
}

TEST(Fillers, NotWhereMuchWouldBeInVainOrThereIsNoRoom) {
  EXPECT_THAT(fill({{0, 20}, {1, 10}, {2, 1}}, true, false), ElementsAre());
  EXPECT_THAT(fill({{0, 80}, {1, 78}}, true, false), ElementsAre());
  EXPECT_THAT(fill({{0, 20}, {1, 18, 81}}, true, false), ElementsAre());
}

}  // namespace
}  // namespace sluice::nn
