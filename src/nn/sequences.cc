#include "nn/sequences.h"

#include <algorithm>
#include <utility>

#include "base/invariant.h"

namespace sluice::nn {

std::size_t common_prefix(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  const auto [end, other] = std::ranges::mismatch(a, b);
  return static_cast<std::size_t>(end - a.begin());
}

Sequences::Sequences(const sluice_nn_llm& llm, sluice_nn_context* context, std::int32_t count)
    : llm_(llm), context_(context) {
  for (std::int32_t id = count; id-- > 0;) free_.push_back(id);
}

std::size_t Sequences::Kept::usable(std::span<const std::int32_t> wanted_tokens, Wanted wanted) const {
  const std::size_t common = common_prefix(tokens, wanted_tokens);
  return wanted == Wanted::steady ? std::min(common, steady) : common;
}

std::size_t Sequences::ready(std::span<const std::int32_t> tokens, Wanted wanted) const {
  std::size_t best = 0;
  for (const Kept& kept : kept_) best = std::max(best, kept.usable(tokens, wanted));
  return best;
}

Sequences::Place Sequences::take(std::span<const std::int32_t> tokens, Source source, Wanted wanted) {
  auto best = kept_.end();
  for (auto entry = kept_.begin(); entry != kept_.end(); ++entry) {
    const std::size_t length = entry->usable(tokens, wanted);
    if (length <= source.length) continue;
    source = {entry->sequence, length, std::min(length, entry->steady)};
    best = entry;
  }
  if (best != kept_.end()) {
    // All of it is a part of what the new one needs: nothing is lost by going on in it.
    if (source.length == best->tokens.size()) {
      kept_.erase(best);
      return {source.sequence, source.length, source.steady};
    }
    kept_.splice(kept_.end(), kept_, best);
  }
  while (free_.empty() && evict()) {
  }
  invariant(!free_.empty(), "at most half of the sequences are in use");
  const std::int32_t target = free_.back();
  free_.pop_back();
  if (source.length == 0) return {target, 0, 0};
  const bool copied =
      llm_.sequence_copy(context_, source.sequence, target, static_cast<std::int32_t>(source.length)) == 1;
  return copied ? Place{target, source.length, source.steady} : Place{target, 0, 0};
}

void Sequences::keep(std::int32_t sequence, std::vector<std::int32_t> tokens, std::size_t steady) {
  if (tokens.empty()) return drop(sequence);
  kept_.push_back({sequence, std::move(tokens), steady});
}

void Sequences::drop(std::int32_t sequence) {
  has_gaps_ = true;
  llm_.sequence_remove(context_, sequence, 0, -1);
  free_.push_back(sequence);
}

std::size_t Sequences::cut(std::int32_t sequence, std::size_t length) {
  has_gaps_ = true;
  if (llm_.sequence_remove(context_, sequence, static_cast<std::int32_t>(length), -1) == 1) return length;
  llm_.sequence_remove(context_, sequence, 0, -1);
  return 0;
}

void Sequences::forget_kept() {
  while (evict()) {
  }
  has_gaps_ = false;
}

bool Sequences::evict() {
  if (kept_.empty()) return false;
  drop(kept_.front().sequence);
  kept_.pop_front();
  return true;
}

}  // namespace sluice::nn
