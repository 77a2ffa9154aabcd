#include "nn/sequences.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/invariant.h"

namespace sluice::nn {

std::size_t common_prefix(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  const auto [end, other] = std::ranges::mismatch(a, b);
  return static_cast<std::size_t>(end - a.begin());
}

Sequences::Sequences(const sluice_nn_llm& llm, sluice_nn_context* context, std::int32_t count,
                     Neighbours neighbours)
    : llm_(llm), context_(context), count_(count), neighbours_(neighbours) {
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
  const std::int32_t target = choose();
  if (target == source.sequence) {
    kept_.erase(best);
    return cut(target, source.length) == source.length ? Place{target, source.length, source.steady}
                                                       : Place{target, 0, 0};
  }
  claim(target);
  if (source.length == 0) return {target, 0, 0};
  const bool copied =
      llm_.sequence_copy(context_, source.sequence, target, static_cast<std::int32_t>(source.length)) == 1;
  return copied ? Place{target, source.length, source.steady} : Place{target, 0, 0};
}

bool Sequences::is_used(std::int32_t id) const {
  if (id < 0 || id >= count_ || std::ranges::find(free_, id) != free_.end()) return false;
  return std::ranges::find(kept_, id, &Kept::sequence) == kept_.end();
}

// A free one, or the kept one that was used least recently. Where neighbours are computed together, it had
// better stand beside one in use; for that, what was kept long ago may go as well, and what was kept lately
// may not.
std::int32_t Sequences::choose() const {
  std::vector<std::int32_t> ids = free_;
  std::ranges::sort(ids);
  const std::size_t old = std::max(kept_.size() / 2, std::size_t{ids.empty() ? 1U : 0U});
  for (const Kept& kept : kept_ | std::views::take(old)) ids.push_back(kept.sequence);
  invariant(!ids.empty(), "a sequence is not in use");
  if (neighbours_ == Neighbours::do_not_matter) return ids.front();
  const auto beside =
      std::ranges::find_if(ids, [this](std::int32_t id) { return is_used(id - 1) || is_used(id + 1); });
  return beside == ids.end() ? ids.front() : *beside;
}

// Takes an id that is free or kept.
void Sequences::claim(std::int32_t id) {
  const auto kept = std::ranges::find(kept_, id, &Kept::sequence);
  if (kept != kept_.end()) {
    drop(id);
    kept_.erase(kept);
  }
  std::erase(free_, id);
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
