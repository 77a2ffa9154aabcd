#include "nn/fillers.h"

#include <gmock/gmock.h>

#include <map>

namespace sluice::nn {
namespace {

using ::testing::ElementsAre;

struct Run {
  std::int32_t sequence;
  std::int32_t tokens;
  std::int32_t first = 0;  // its position
};

using Idle = std::map<std::int32_t, std::size_t>;

// Sequences of which logits were computed for nobody, by the last call.
std::vector<std::int32_t> outputs;

std::vector<Run> fill(const std::vector<Run>& runs, EngineSettings settings, bool is_steady,
                      const Idle& idle = {}) {
  outputs.clear();
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
  const auto idle_length = [&](std::int32_t id) -> std::optional<std::size_t> {
    const auto found = idle.find(id);
    return found == idle.end() ? std::nullopt : std::optional(found->second);
  };
  const Filling filling = filling_for(batch, settings, idle_length);
  for (const Filler& filler : filling.fillers) {
    filled.push_back({filler.after.sequence, filler.count, filler.after.position + 1});
    if (filler.output) outputs.push_back(filler.after.sequence);
  }
  for (const std::size_t i : filling.outputs) outputs.push_back(batch.items[i].sequence);
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

std::vector<Run> fill_blocks(const std::vector<Run>& runs, const Idle& idle = {}) {
  EngineSettings settings;
  settings.separate = true;
  settings.block = 4;
  settings.block_large = 16;
  return fill(runs, settings, false, idle);
}

std::vector<Run> drawing(std::int32_t first, std::int32_t count) {
  std::vector<Run> runs;
  for (std::int32_t i = 0; i < count; ++i) runs.push_back({first + i, 1, 9});
  return runs;
}

TEST(Fillers, ABlockThatIsNearlyFullIsFilled) {
  const Idle idle{{7, 30}, {8, 0}, {15, 0}};
  EXPECT_THAT(fill_blocks(drawing(0, 7), idle), ElementsAre(IsRun(7, 1, 30)));
  EXPECT_THAT(fill_blocks(drawing(0, 6), idle), ElementsAre());
  EXPECT_THAT(fill_blocks(drawing(0, 5), idle), ElementsAre());
  EXPECT_THAT(fill_blocks(drawing(0, 15), idle), ElementsAre(IsRun(15, 1, 0)));
  EXPECT_THAT(fill_blocks(drawing(0, 14), idle), ElementsAre()) << "14 is in use by somebody else";
  EXPECT_THAT(fill_blocks(drawing(3, 13), {{16, 5}, {2, 6}, {1, 7}}),
              ElementsAre(IsRun(16, 1, 5), IsRun(2, 1, 6), IsRun(1, 1, 7)));
  EXPECT_THAT(fill_blocks(drawing(0, 7), {{7, 99}}), ElementsAre()) << "it has no room";
}

// With the first tokens of prompts, and what fills them up.
TEST(Fillers, LogitsAreComputedInBlocksToo) {
  auto runs = drawing(0, 13);
  runs.push_back({13, 40, 0});
  runs.push_back({14, 40, 0});
  EXPECT_THAT(fill_blocks(runs, {{15, 0}}), ElementsAre(IsRun(15, 1, 0)));
  EXPECT_THAT(outputs, ElementsAre(15, 13, 14));
  EXPECT_THAT(fill_blocks(drawing(0, 16)), ElementsAre());
  EXPECT_THAT(outputs, ElementsAre());
}

TEST(Fillers, NotWhereSequencesStandApart) {
  auto runs = drawing(0, 6);
  runs.push_back({8, 1, 9});
  EXPECT_THAT(fill_blocks(runs, {{6, 0}, {7, 0}, {9, 0}}), ElementsAre());
}

TEST(Fillers, APromptIsFilledBehindItsEnd) {
  EXPECT_THAT(fill_blocks({{0, 59}}), ElementsAre(IsRun(0, 5, 59)));
  EXPECT_THAT(fill_blocks({{0, 57}}), ElementsAre());
  EXPECT_THAT(fill_blocks({{0, 78}}), ElementsAre(IsRun(0, 2, 78)));
  EXPECT_THAT(fill_blocks({{0, 78, 21}}), ElementsAre()) << "it has no room";
  // One of its tokens is computed with those of the others.
  EXPECT_THAT(fill_blocks({{0, 1}, {1, 60}}), ElementsAre(IsRun(1, 5, 60)));
}

TEST(Fillers, StayWithinABatch) {
  EngineSettings settings;
  settings.separate = true;
  settings.block = 4;
  settings.block_large = 16;
  settings.batch_tokens = 79;
  EXPECT_THAT(fill({{0, 78}}, settings, false), ElementsAre());
}

}  // namespace
}  // namespace sluice::nn
