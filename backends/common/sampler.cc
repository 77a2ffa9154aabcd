#include "common/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace sluice::backends {
namespace {

constexpr float forbidden = -std::numeric_limits<float>::infinity();
// Tokens that are ruled out one by one before the grammar is tried on all of them.
constexpr int redraws_max = 16;
// The part of the mass below which tokens that weren't looked at can't matter.
constexpr double negligible = 1e-9;

std::unexpected<Failed> refuse(const std::string& what) {
  return failed(SLUICE_NN_INVALID, what);
}

Result<Sampling> check(const sluice_nn_sampling& options, const Vocabulary& vocabulary) {
  const auto within = [](float value, float low, float high) { return value >= low && value <= high; };
  if (!within(options.temperature, 0, 100)) return refuse("temperature has to be from 0 to 100");
  if (!within(options.top_p, 0, 1)) return refuse("top_p has to be from 0 to 1");
  if (!within(options.min_p, 0, 1)) return refuse("min_p has to be from 0 to 1");
  if (options.top_k < 0) return refuse("top_k has to be 0 or more");
  if (!within(options.repeat_penalty, 0.01F, 100)) return refuse("repeat_penalty has to be from 0.01 to 100");
  if (!within(options.presence_penalty, -100, 100) || !within(options.frequency_penalty, -100, 100)) {
    return refuse("presence_penalty and frequency_penalty have to be from -100 to 100");
  }
  Sampling sampling{.temperature = options.temperature,
                    .top_p = options.top_p,
                    .min_p = options.min_p,
                    .top_k = static_cast<std::size_t>(options.top_k),
                    .repeat_penalty = options.repeat_penalty,
                    .presence_penalty = options.presence_penalty,
                    .frequency_penalty = options.frequency_penalty,
                    .penalty_last = options.penalty_last,
                    .bias = {}};
  for (std::size_t i = 0; i < options.bias_count; ++i) {
    const std::int32_t token = options.bias_tokens[i];
    if (token < 0 || static_cast<std::size_t>(token) >= vocabulary.size()) {
      return refuse("logit_bias names token " + std::to_string(token) + ", which the model does not have");
    }
    if (std::isnan(options.bias_values[i])) return refuse("a value of logit_bias is no number");
    sampling.bias.emplace_back(token, options.bias_values[i]);
  }
  for (const std::int32_t token : vocabulary.suppressed()) sampling.bias.emplace_back(token, forbidden);
  return sampling;
}

}  // namespace

double Dice::roll() {
  std::uint64_t value = state_ += 0x9E3779B97F4A7C15ULL;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  value ^= value >> 31;
  return static_cast<double>(value >> 11) * 0x1p-53;
}

Result<Sampler> Sampler::make(const sluice_nn_sampling& options, const Vocabulary* vocabulary) {
  auto sampling = check(options, *vocabulary);
  if (!sampling) return std::unexpected(sampling.error());
  std::optional<LazyGrammar> grammar;
  if (options.grammar.size > 0) {
    auto made = LazyGrammar::make(view(options.grammar), options.grammar_lazy != 0,
                                  view(options.grammar_triggers), vocabulary);
    if (!made) return std::unexpected(made.error());
    grammar = std::move(*made);
  }
  return Sampler(std::move(*sampling), options.seed, vocabulary, std::move(grammar));
}

bool Sampler::penalizes() const {
  return sampling_.penalty_last != 0 && (sampling_.repeat_penalty != 1 || sampling_.presence_penalty != 0 ||
                                         sampling_.frequency_penalty != 0);
}

void Sampler::see(std::int32_t token) {
  if (!penalizes() || token < 0 || static_cast<std::size_t>(token) >= vocabulary_->size()) return;
  ++counts_[token];
  if (sampling_.penalty_last < 0) return;
  window_.push_back(token);
  if (window_.size() <= static_cast<std::size_t>(sampling_.penalty_last)) return;
  if (const auto oldest = counts_.find(window_.front()); --oldest->second == 0) counts_.erase(oldest);
  window_.pop_front();
}

std::span<const float> Sampler::adjust(std::span<const float> logits) {
  if (sampling_.bias.empty() && counts_.empty()) return logits;
  adjusted_.assign(logits.begin(), logits.end());
  for (const auto& [token, value] : sampling_.bias) adjusted_[static_cast<std::size_t>(token)] += value;
  for (const auto& [token, count] : counts_) {
    float& logit = adjusted_[static_cast<std::size_t>(token)];
    logit = logit > 0 ? logit / sampling_.repeat_penalty : logit * sampling_.repeat_penalty;
    logit -= static_cast<float>(count) * sampling_.frequency_penalty + sampling_.presence_penalty;
  }
  return adjusted_;
}

Result<bool> Sampler::allowed(std::int32_t token) {
  if (!grammar_) return true;
  return grammar_->allows(token);
}

Result<std::int32_t> Sampler::nothing_allowed() const {
  if (grammar_ && grammar_->active()) {
    return refuse(
        "no token of the model's vocabulary can go on by the grammar; it asks for characters that the model "
        "does not have");
  }
  return failed(SLUICE_NN_BROKEN, "the model's output has no number in it; its file may be damaged");
}

Result<std::int32_t> Sampler::choose_first(Descending& all) {
  for (Candidate candidate; all.next(candidate);) {
    auto fine = allowed(candidate.token);
    if (!fine) return std::unexpected(fine.error());
    if (*fine) return candidate.token;
  }
  return nothing_allowed();
}

std::optional<std::size_t> Sampler::cut(const Kept& kept, double rest) const {
  if (sampling_.top_p >= 1) return kept.candidates.size();
  // The fewest whose weights reach top-p of all. All is between what was kept and that and the rest.
  const auto count = [&](double all) {
    const double wanted = static_cast<double>(sampling_.top_p) * all;
    const auto at = std::lower_bound(kept.sums.begin(), kept.sums.end(), wanted);
    return static_cast<std::size_t>(at - kept.sums.begin()) + 1;
  };
  const double sum = kept.sums.back();
  const std::size_t most = count(sum + rest);
  if (rest <= sum * negligible) return std::min(most, kept.candidates.size());
  if (most > kept.candidates.size() || count(sum) != most) return std::nullopt;
  return most;
}

Result<std::int32_t> Sampler::choose_filtered(std::span<const float> logits, Descending& all) {
  const float top = all.top();
  // Of tokens not looked at, at temperature 1 relative to the most likely of all. Min-p needs no sum over
  // them.
  double rest = 0;
  if (sampling_.top_p < 1 && sampling_.min_p <= 0) rest = sum_of_exponentials(logits, top, 1);
  Kept kept;
  std::optional<std::size_t> count;
  for (Candidate candidate; all.next(candidate);) {
    auto fine = allowed(candidate.token);
    if (!fine) return std::unexpected(fine.error());
    const double weight = std::exp(static_cast<double>(candidate.logit - top));
    rest = std::max(0.0, rest - weight);
    if (!*fine) continue;
    if (sampling_.min_p > 0 && !kept.candidates.empty() &&
        candidate.logit < kept.candidates.front().logit + std::log(sampling_.min_p)) {
      break;
    }
    kept.candidates.push_back(candidate);
    kept.sums.push_back((kept.sums.empty() ? 0 : kept.sums.back()) + weight);
    if (kept.candidates.size() == sampling_.top_k) break;
    // Top-k leaves so many more, of at most this weight.
    double more = rest;
    if (sampling_.top_k > 0)
      more = std::min(more, static_cast<double>(sampling_.top_k - kept.candidates.size()) * weight);
    const bool all_of_it = sampling_.min_p > 0 || sampling_.top_p >= 1;
    if (all_of_it) continue;
    count = cut(kept, more);
    if (count) break;
  }
  if (kept.candidates.empty()) return nothing_allowed();
  if (!count) count = cut(kept, 0);
  const std::size_t size = std::max<std::size_t>(count.value_or(kept.candidates.size()), 1);
  const float best = kept.candidates.front().logit;
  double sum = 0;
  std::vector<double>& sums = kept.sums;
  for (std::size_t i = 0; i < size; ++i) {
    sums[i] = sum += std::exp(static_cast<double>(kept.candidates[i].logit - best) /
                              static_cast<double>(sampling_.temperature));
  }
  const double wanted = dice_.roll() * sum;
  const auto at = std::upper_bound(sums.begin(), sums.begin() + static_cast<std::ptrdiff_t>(size), wanted);
  return kept.candidates[std::min(static_cast<std::size_t>(at - sums.begin()), size - 1)].token;
}

// From all tokens. One that the grammar forbids is taken out and another drawn, which comes to the same as
// taking out all forbidden ones first.
Result<std::int32_t> Sampler::choose_unfiltered(std::span<const float> logits, float top) {
  exponentials(logits, top, 1 / sampling_.temperature, weights_);
  for (int draws = 0; draws <= redraws_max + 1; ++draws) {
    double sum = 0;
    for (const float weight : weights_) sum += static_cast<double>(weight);
    if (!(sum > 0)) return nothing_allowed();
    double wanted = dice_.roll() * sum;
    std::size_t at = 0;
    std::size_t last = 0;
    for (; at < weights_.size(); ++at) {
      if (weights_[at] <= 0) continue;
      last = at;
      wanted -= static_cast<double>(weights_[at]);
      if (wanted < 0) break;
    }
    const auto token = static_cast<std::int32_t>(last);
    auto fine = allowed(token);
    if (!fine) return std::unexpected(fine.error());
    if (*fine) return token;
    weights_[last] = 0;
    if (draws != redraws_max) continue;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (weights_[i] <= 0) continue;
      auto each = allowed(static_cast<std::int32_t>(i));
      if (!each) return std::unexpected(each.error());
      if (!*each) weights_[i] = 0;
    }
  }
  return nothing_allowed();
}

Result<std::int32_t> Sampler::choose(std::span<const float> logits) {
  if (grammar_) grammar_->begin_draw();
  Descending all(logits);
  if (all.top() == forbidden) return nothing_allowed();
  if (sampling_.temperature <= 0) return choose_first(all);
  if (sampling_.top_k == 0 && sampling_.top_p >= 1 && sampling_.min_p <= 0)
    return choose_unfiltered(logits, all.top());
  return choose_filtered(logits, all);
}

Result<void> Sampler::draw(std::span<const float> logits, int logprobs, sluice_nn_drawn& drawn,
                           sluice_nn_drawn* top) {
  auto token = choose(adjust(logits));
  if (!token) return std::unexpected(token.error());
  drawn = {*token, 0};
  if (grammar_) {
    if (auto accepted = grammar_->accept(*token); !accepted) return accepted;
  }
  see(*token);
  if (logprobs < 0) return {};
  Descending all(logits);
  const double norm = std::log(sum_of_exponentials(logits, all.top(), 1));
  const auto logprob = [&](float logit) {
    return static_cast<float>(static_cast<double>(logit) - static_cast<double>(all.top()) - norm);
  };
  drawn.logprob = logprob(logits[static_cast<std::size_t>(*token)]);
  Candidate candidate;
  for (int i = 0; i < logprobs && top != nullptr; ++i) {
    top[i] = all.next(candidate) ? sluice_nn_drawn{candidate.token, logprob(candidate.logit)}
                                 : sluice_nn_drawn{-1, forbidden};
  }
  return {};
}

}  // namespace sluice::backends
