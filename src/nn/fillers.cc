#include "nn/fillers.h"

#include <algorithm>
#include <span>

namespace sluice::nn {

namespace {

// The items of one sequence in a batch, which stand together.
struct Stretch {
  std::size_t first = 0;  // its place in the batch
  sluice_nn_item last{};
  std::size_t count = 0;
};

std::vector<Stretch> stretches_of(std::span<const sluice_nn_item> items) {
  std::vector<Stretch> stretches;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (stretches.empty() || stretches.back().last.sequence != items[i].sequence)
      stretches.push_back({i, {}, 0});
    stretches.back().last = items[i];
    ++stretches.back().count;
  }
  return stretches;
}

bool has_room(const Stretch& stretch, std::size_t missing, const EngineSettings& settings) {
  return static_cast<std::size_t>(stretch.last.position) + missing < settings.request_tokens;
}

std::vector<Filler> for_too_few(std::vector<Stretch> stretches, const EngineSettings& settings) {
  std::vector<Filler> fillers;
  if (settings.separate)
    std::ranges::sort(stretches, {}, [](const Stretch& stretch) { return stretch.last.sequence; });
  for (std::size_t begin = 0; begin < stretches.size();) {
    std::size_t count = stretches[begin].count;
    std::size_t end = begin + 1;
    for (; end < stretches.size(); ++end) {
      if (settings.separate && stretches[end].last.sequence != stretches[end - 1].last.sequence + 1) break;
      count += stretches[end].count;
    }
    if (count < settings.steady_least)
      fillers.push_back(
          {stretches[end - 1].last, static_cast<std::int32_t>(settings.steady_least - count), false});
    begin = end;
  }
  return fillers;
}

std::vector<Filler> for_unequal(const std::vector<Stretch>& stretches, const EngineSettings& settings) {
  std::vector<Filler> fillers;
  const std::size_t longest = std::ranges::max(stretches, {}, &Stretch::count).count;
  if (longest >= settings.busy_least) return fillers;
  for (const Stretch& stretch : stretches) {
    const std::size_t missing = longest - stretch.count;
    // What is computed in vain stays a small part.
    if (missing == 0 || missing * 4 > longest || !has_room(stretch, missing, settings)) continue;
    fillers.push_back({stretch.last, static_cast<std::int32_t>(missing), false});
  }
  return fillers;
}

// How many tokens would make `count` faster to compute.
std::size_t missing_to_blocks(std::size_t count, const EngineSettings& settings) {
  const auto missing_to = [count](std::size_t block) { return (block - count % block) % block; };
  if (settings.block == 0 || settings.block_large == 0) return 0;
  if (count < settings.busy_least && (settings.busy_least - count) * 10 <= settings.busy_least)
    return settings.busy_least - count;
  const std::size_t to_large = missing_to(settings.block_large);
  if (to_large < settings.block && to_large * 4 <= count) return to_large;
  const std::size_t to_small = missing_to(settings.block);
  return to_small * 2 <= settings.block && to_small * 5 <= count ? to_small : 0;
}

// The first tokens of all are computed together, the rest of the longer ones after them.
void fill_prompt(const std::vector<Stretch>& stretches, const EngineSettings& settings,
                 std::vector<Filler>& fillers) {
  const auto is_prompt = [](const Stretch& stretch) { return stretch.count > 1; };
  if (std::ranges::count_if(stretches, is_prompt) != 1) return;
  const Stretch& prompt = *std::ranges::find_if(stretches, is_prompt);
  const std::size_t missing = missing_to_blocks(prompt.count - (stretches.size() > 1 ? 1 : 0), settings);
  if (missing > 0 && has_room(prompt, missing, settings))
    fillers.push_back({prompt.last, static_cast<std::int32_t>(missing), false});
}

// With sequences beside them that nobody uses.
std::vector<Filler> for_first_tokens(std::vector<Stretch> stretches, const EngineSettings& settings,
                                     const IdleLength& idle_length) {
  std::ranges::sort(stretches, {}, [](const Stretch& stretch) { return stretch.last.sequence; });
  const std::int32_t begin = stretches.front().last.sequence;
  std::int32_t end = stretches.back().last.sequence + 1;
  // Those that stand apart are computed apart.
  if (stretches.size() < 2 || static_cast<std::size_t>(end - begin) != stretches.size()) return {};
  std::int32_t before = begin - 1;
  std::vector<Filler> idle;
  for (std::size_t missing = missing_to_blocks(stretches.size(), settings); missing > 0; --missing) {
    const auto behind = idle_length(end);
    const auto length = behind ? behind : idle_length(before);
    if (!length || *length + 1 >= settings.request_tokens) return {};
    sluice_nn_item last = stretches.front().last;
    last.sequence = behind ? end++ : before--;
    last.position = static_cast<std::int32_t>(*length) - 1;
    idle.push_back({last, 1, false});
  }
  return idle;
}

// Of those that are computed with the draws: what fills up, and the first tokens of prompts.
void fill_outputs(const std::vector<Stretch>& stretches, const EngineSettings& settings,
                  std::vector<Filler>& idle, std::vector<std::size_t>& outputs) {
  const auto draws = std::ranges::count(stretches, std::size_t{1}, &Stretch::count);
  std::size_t missing = missing_to_blocks(static_cast<std::size_t>(draws), settings);
  for (Filler& filler : idle) {
    filler.output = missing > 0;
    missing -= filler.output ? 1 : 0;
  }
  for (const Stretch& stretch : stretches) {
    if (missing == 0) return;
    if (stretch.count == 1) continue;
    outputs.push_back(stretch.first);
    --missing;
  }
}

Filling for_blocks(const std::vector<Stretch>& stretches, const EngineSettings& settings,
                   const IdleLength& idle_length) {
  Filling filling{for_unequal(stretches, settings), {}};
  if (filling.fillers.empty()) fill_prompt(stretches, settings, filling.fillers);
  std::vector<Filler> idle = for_first_tokens(stretches, settings, idle_length);
  fill_outputs(stretches, settings, idle, filling.outputs);
  filling.fillers.insert(filling.fillers.end(), idle.begin(), idle.end());
  return filling;
}

std::size_t tokens_of(const std::vector<Filler>& fillers) {
  std::size_t count = 0;
  for (const Filler& filler : fillers) count += static_cast<std::size_t>(filler.count);
  return count;
}

}  // namespace

// Where no sizes of steady batches are known, tokens can't be taken back.
Filling filling_for(const Batch& batch, const EngineSettings& settings, const IdleLength& idle_length) {
  if (batch.is_steady) return {for_too_few(stretches_of(batch.items), settings), {}};
  if (!settings.separate || settings.steady_least == 0) return {};
  Filling filling = for_blocks(stretches_of(batch.items), settings, idle_length);
  const bool has_place = batch.items.size() + tokens_of(filling.fillers) <= settings.batch_tokens;
  return has_place ? filling : Filling();
}

}  // namespace sluice::nn
