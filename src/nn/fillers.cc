#include "nn/fillers.h"

#include <algorithm>
#include <span>

namespace sluice::nn {

namespace {

// The items of one sequence in a batch, which stand together.
struct Stretch {
  sluice_nn_item last{};
  std::size_t count = 0;
};

std::vector<Stretch> stretches_of(std::span<const sluice_nn_item> items) {
  std::vector<Stretch> stretches;
  for (const sluice_nn_item& item : items) {
    if (stretches.empty() || stretches.back().last.sequence != item.sequence) stretches.push_back({});
    stretches.back().last = item;
    ++stretches.back().count;
  }
  return stretches;
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
      fillers.push_back({stretches[end - 1].last, static_cast<std::int32_t>(settings.steady_least - count)});
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
    const auto end = static_cast<std::size_t>(stretch.last.position) + missing;
    // What is computed in vain stays a small part.
    if (missing == 0 || missing * 4 > longest || end >= settings.request_tokens) continue;
    fillers.push_back({stretch.last, static_cast<std::int32_t>(missing)});
  }
  return fillers;
}

}  // namespace

// Where no sizes of steady batches are known, tokens can't be taken back.
std::vector<Filler> fillers_for(const Batch& batch, const EngineSettings& settings) {
  if (batch.is_steady) return for_too_few(stretches_of(batch.items), settings);
  if (settings.separate && settings.steady_least > 0) return for_unequal(stretches_of(batch.items), settings);
  return {};
}

}  // namespace sluice::nn
