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
  const auto there = std::ranges::find(kept_, target, &Kept::sequence);
  if (there != kept_.end() && there->usable(tokens, wanted) >= source.length) {
    source.steady = std::min(source.length, there->steady);
    if (!rescue(there)) kept_.erase(there);
    return cut(target, source.length) == source.length ? Place{target, source.length, source.steady}
                                                       : Place{target, 0, 0};
  }
  claim(target);
  if (best != kept_.end()) source.sequence = best->sequence;
  if (source.length == 0 || !copy(source.sequence, target, source.length)) return {target, 0, 0};
  return {target, source.length, source.steady};
}

bool Sequences::copy(std::int32_t source, std::int32_t target, std::size_t length) {
  return llm_.sequence_copy(context_, source, target, static_cast<std::int32_t>(length)) == 1;
}

bool Sequences::is_used(std::int32_t id) const {
  if (id < 0 || id >= count_ || std::ranges::find(free_, id) != free_.end()) return false;
  return std::ranges::find(kept_, id, &Kept::sequence) == kept_.end();
}

std::optional<std::size_t> Sequences::idle_length(std::int32_t id) const {
  if (id < 0 || id >= count_ || is_used(id)) return std::nullopt;
  const auto kept = std::ranges::find(kept_, id, &Kept::sequence);
  return kept == kept_.end() ? 0 : kept->tokens.size();
}

std::int32_t Sequences::neighbours_of(std::int32_t id) const {
  return (is_used(id - 1) ? 1 : 0) + (is_used(id + 1) ? 1 : 0);
}

// A free one, or the kept one that was used least recently; where neighbours are computed together, one with
// as many of them as there are.
std::int32_t Sequences::choose() const {
  std::vector<std::int32_t> ids = free_;
  for (const Kept& kept : kept_) ids.push_back(kept.sequence);
  invariant(!ids.empty(), "a sequence is not in use");
  if (neighbours_ == Neighbours::do_not_matter) return ids.front();
  return *std::ranges::max_element(ids, {}, [this](std::int32_t id) { return neighbours_of(id); });
}

// Where its place is wanted only for its neighbours, a kept one goes on in a free one, or in the place of one
// that was used less recently. False: there is no such place. What it had stays where it was, for the caller.
bool Sequences::rescue(KeptList::iterator kept) {
  if (neighbours_ == Neighbours::do_not_matter) return false;
  if (free_.empty() && (kept == kept_.begin() || !evict())) return false;
  const std::int32_t to = free_.back();
  if (!copy(kept->sequence, to, kept->tokens.size())) return false;
  free_.pop_back();
  kept->sequence = to;
  return true;
}

// Takes an id that is free or kept.
void Sequences::claim(std::int32_t id) {
  if (std::erase(free_, id) > 0) return;
  const auto kept = std::ranges::find(kept_, id, &Kept::sequence);
  if (!rescue(kept)) kept_.erase(kept);
  clear(id);
}

std::optional<Sequences::Move> Sequences::apart() const {
  if (neighbours_ == Neighbours::do_not_matter) return std::nullopt;
  struct Group {
    std::int32_t begin = 0;
    std::int32_t end = 0;
    [[nodiscard]] std::int32_t size() const { return end - begin; }
  };
  std::vector<Group> groups;
  for (std::int32_t id = 0; id < count_; ++id) {
    if (!is_used(id)) continue;
    if (groups.empty() || groups.back().end != id) groups.push_back({id, id});
    ++groups.back().end;
  }
  if (groups.size() < 2) return std::nullopt;
  const Group most = *std::ranges::max_element(groups, {}, &Group::size);
  const Group least = *std::ranges::min_element(groups, {}, &Group::size);
  // Two of the same size: the later one comes to the first.
  const std::int32_t from = (least.begin == most.begin ? groups.back() : least).begin;
  return Move{from, most.end < count_ ? most.end : most.begin - 1};
}

bool Sequences::move(Move move, std::size_t length) {
  claim(move.to);
  if (length > 0 && !copy(move.from, move.to, length)) {
    free_.push_back(move.to);
    neighbours_ = Neighbours::do_not_matter;
    return false;
  }
  drop(move.from);
  return true;
}

void Sequences::keep(std::int32_t sequence, std::vector<std::int32_t> tokens, std::size_t steady) {
  if (tokens.empty()) return drop(sequence);
  kept_.push_back({sequence, std::move(tokens), steady});
}

void Sequences::clear(std::int32_t sequence) {
  has_gaps_ = true;
  llm_.sequence_remove(context_, sequence, 0, -1);
}

void Sequences::drop(std::int32_t sequence) {
  clear(sequence);
  free_.push_back(sequence);
}

std::size_t Sequences::cut(std::int32_t sequence, std::size_t length) {
  has_gaps_ = true;
  if (llm_.sequence_remove(context_, sequence, static_cast<std::int32_t>(length), -1) == 1) return length;
  clear(sequence);
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
