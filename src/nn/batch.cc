#include "nn/batch.h"

#include <algorithm>
#include <set>
#include <utility>

namespace sluice::nn {

namespace {

constexpr std::size_t quantum_tokens = 256;  // of prompts, for one turn of an owner
// Where many draw, prompts come in larger parts: else too much of the time goes into steps of those few.
constexpr std::size_t prompt_tokens_per_draw = 16;

// A prompt under way, and how much of it this batch has.
struct Share {
  Generation* generation = nullptr;
  std::size_t taken = 0;
  [[nodiscard]] std::size_t left() const { return generation->text_end() - generation->computed - taken; }
};

}  // namespace

void Batch::add(Generation& generation, std::size_t position) {
  const bool last = position + 1 == generation.tokens().size();
  items.push_back({generation.tokens()[position], static_cast<std::int32_t>(position), generation.sequence,
                   last ? 1 : 0});
  of.push_back(&generation);
}

Batch Batch::only(const Generation& generation) const {
  Batch part;
  part.is_steady = is_steady;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (of[i] != &generation) continue;
    part.items.push_back(items[i]);
    part.of.push_back(of[i]);
  }
  return part;
}

std::vector<Generation*> Batch::generations() const {
  std::vector<Generation*> all = of;
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

Batch BatchPlan::next(const std::vector<std::unique_ptr<Generation>>& running) {
  std::set<std::string> owners;
  Work steady;
  Work others;
  bool is_steady = false;
  for (const auto& generation : running) {
    if (generation->next_picture() != nullptr) continue;
    is_steady = is_steady || generation->is_steady();
    if (generation->is_drawing()) {
      steady.draws.push_back(generation.get());
    } else {
      (generation->is_steady() ? steady : others).prompts.push_back(generation.get());
      owners.insert(generation->owner());
    }
  }
  std::erase_if(turn_of_, [&](const auto& entry) { return !owners.contains(entry.first); });
  // Half a batch at most while others draw: their next tokens wait for it.
  const std::size_t half = std::max(tokens_max_ / 2, std::size_t{1});
  if (!is_steady) {
    others.draws = std::move(steady.draws);
    others.drawing = others.draws.size();
    if (separate_) leave_one_kind(others);
    return next_of(others, others.drawing == 0 ? tokens_max_ : std::max(half, others.draws.size()));
  }
  steady.drawing = steady.draws.size();
  is_others_turn_ = !is_others_turn_;
  if ((is_others_turn_ && !others.empty()) || steady.empty()) return next_of(others, half);
  // Where there are too many, each is left out at its turn.
  if (steady.draws.size() > steady_most_) {
    const auto first = static_cast<std::ptrdiff_t>(++turn_ % steady.draws.size());
    std::ranges::rotate(steady.draws, steady.draws.begin() + first);
    steady.draws.resize(steady_most_);
  }
  if (separate_) {
    leave_one_kind(steady);
    if (!steady.prompts.empty()) steady.prompts = {steady.prompts[++turn_ % steady.prompts.size()]};
  }
  Batch batch = next_of(steady, steady_most_);
  batch.is_steady = true;
  return batch;
}

void BatchPlan::leave_one_kind(Work& work) {
  if (work.prompts.empty() || work.draws.empty()) return;
  is_prompts_turn_ = !is_prompts_turn_;
  (is_prompts_turn_ ? work.draws : work.prompts).clear();
}

Batch BatchPlan::next_of(const Work& work, std::size_t tokens_max) {
  Batch batch;
  std::map<std::string, std::vector<Share>> prompts;
  for (Generation* const generation : work.draws) batch.add(*generation, generation->computed);
  for (Generation* const generation : work.prompts) prompts[generation->owner()].push_back({generation, 0});
  std::size_t room = tokens_max - batch.items.size();
  std::size_t prompt_tokens = 0;
  const std::size_t enough = std::max(busy_least_, prompt_tokens_per_draw * work.drawing);
  auto open = prompts;
  while (room > 0 && !open.empty()) {
    const auto owner =
        std::ranges::min_element(open, {}, [&](const auto& entry) { return turn_of_[entry.first]; });
    const std::size_t room_before = room;
    std::size_t quantum = std::min(quantum_tokens, room);
    for (Share& share : owner->second) {
      const bool is_begun = share.taken > 0;
      if (!is_begun && prompt_tokens >= enough) continue;
      const std::size_t taken = std::min(quantum, share.left());
      prompt_tokens += taken;
      share.taken += taken;
      quantum -= taken;
      room -= taken;
    }
    if (room < room_before) turn_of_[owner->first] = ++turn_;
    for (std::size_t i = 0; i < owner->second.size(); ++i)
      prompts[owner->first][i].taken = owner->second[i].taken;
    if (quantum > 0) open.erase(owner);
  }
  for (const auto& [owner, shares] : prompts) {
    for (const Share& share : shares) {
      for (std::size_t i = 0; i < share.taken; ++i)
        batch.add(*share.generation, share.generation->computed + i);
    }
  }
  return batch;
}

}  // namespace sluice::nn
