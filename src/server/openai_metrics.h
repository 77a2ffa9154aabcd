// `/metrics` of the endpoint, and of models wherever they are served: Prometheus' text format.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "nn/language_model.h"

namespace sluice::server {

class OpenAiMetrics {
 public:
  // Any thread. `endpoint` is one of few fixed words. Of a stream, the time is that to its first event.
  void answered(const std::string& endpoint, unsigned status, std::chrono::nanoseconds took);
  [[nodiscard]] std::string text();

 private:
  static constexpr std::array bounds{0.01, 0.1, 1.0, 10.0, 100.0};
  struct Times {
    std::uint64_t count = 0;
    double seconds = 0;
    std::array<std::uint64_t, bounds.size()> within{};
  };
  std::mutex mutex_;
  std::map<std::pair<std::string, unsigned>, Times> answers_;
};

// Counts of models, by name.
[[nodiscard]] std::string model_metrics(
    const std::vector<std::pair<std::string, nn::LanguageModel::Stats>>& models);

}  // namespace sluice::server
