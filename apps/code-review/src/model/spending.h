// Counts what a review spends on a model, and refuses what would pass a cap.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/caps.h"
#include "model/model.h"

namespace review {

struct ModelUsage {
  std::uint32_t calls = 0;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t answer_tokens = 0;
  std::uint64_t cached_tokens = 0;
  std::optional<std::uint64_t> cost_micros;  // absent: the provider does not say
  std::uint64_t duration_ms = 0;
};

class Spending {
 public:
  Spending(const ModelCaps& caps, std::uint64_t started_ms) : caps_(caps), started_ms_(started_ms) {}

  // Sets a call's most tokens aside. Else why not, naming the setting: then nothing more is to be asked.
  [[nodiscard]] std::optional<std::string> reserve(std::uint64_t tokens_max, std::uint64_t now_ms);
  // The calls that tokens were set aside for have ended, whichever way.
  void release() { reserved_tokens_ = 0; }
  void count(const ModelAnswer& answer);
  void set_duration(std::uint64_t now_ms) {
    usage_.duration_ms = now_ms > started_ms_ ? now_ms - started_ms_ : 0;
  }

  [[nodiscard]] const ModelUsage& usage() const { return usage_; }

 private:
  [[nodiscard]] std::uint64_t tokens() const { return usage_.prompt_tokens + usage_.answer_tokens; }
  [[nodiscard]] bool passes_cost(std::uint64_t tokens_more) const;

  ModelCaps caps_;
  std::uint64_t started_ms_;
  std::uint64_t reserved_tokens_ = 0;
  ModelUsage usage_;
};

}  // namespace review
