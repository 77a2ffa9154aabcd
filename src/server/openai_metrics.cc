#include "server/openai_metrics.h"

#include <fmt/format.h>

#include <string_view>

namespace sluice::server {

namespace {

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

}  // namespace

void OpenAiMetrics::answered(const std::string& endpoint, unsigned status, std::chrono::nanoseconds took) {
  const double seconds = std::chrono::duration<double>(took).count();
  const std::lock_guard lock(mutex_);
  Times& times = answers_[{endpoint, status}];
  ++times.count;
  times.seconds += seconds;
  for (std::size_t i = 0; i < bounds.size(); ++i) times.within[i] += seconds <= bounds[i] ? 1 : 0;
}

std::string OpenAiMetrics::text() {
  const std::lock_guard lock(mutex_);
  std::string out;
  head(out, "sluice_api_seconds", "histogram", "Time to the answer, of streams to their first event.");
  for (const auto& [key, times] : answers_) {
    const std::string labels = fmt::format("endpoint=\"{}\",status=\"{}\"", key.first, key.second);
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      out +=
          fmt::format("sluice_api_seconds_bucket{{{},le=\"{}\"}} {}\n", labels, bounds[i], times.within[i]);
    }
    out += fmt::format("sluice_api_seconds_bucket{{{},le=\"+Inf\"}} {}\n", labels, times.count);
    out += fmt::format("sluice_api_seconds_sum{{{}}} {}\n", labels, times.seconds);
    out += fmt::format("sluice_api_seconds_count{{{}}} {}\n", labels, times.count);
  }
  return out;
}

std::string model_metrics(const std::vector<std::pair<std::string, nn::LanguageModel::Stats>>& models) {
  std::string out;
  const auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                        const auto& line) {
    head(out, name, type, help);
    for (const auto& [model, stats] : models) line(fmt::format("{}{{model=\"{}\"", name, model), stats);
  };
  each("sluice_model_requests_total", "counter", "Requests that ended.",
       [&](const std::string& at, const auto& stats) {
         const std::uint64_t fine = stats.requests - stats.failed - stats.cancelled;
         out += fmt::format("{},outcome=\"done\"}} {}\n", at, fine);
         out += fmt::format("{},outcome=\"failed\"}} {}\n", at, stats.failed);
         out += fmt::format("{},outcome=\"cancelled\"}} {}\n", at, stats.cancelled);
       });
  each("sluice_model_tokens_total", "counter", "Tokens; prompt counts those of the cache too.",
       [&](const std::string& at, const auto& stats) {
         out += fmt::format("{},kind=\"prompt\"}} {}\n", at, stats.prompt_tokens);
         out += fmt::format("{},kind=\"cached\"}} {}\n", at, stats.cached_tokens);
         out += fmt::format("{},kind=\"completion\"}} {}\n", at, stats.completion_tokens);
       });
  each("sluice_model_queue", "gauge", "Requests now.", [&](const std::string& at, const auto& stats) {
    out += fmt::format("{},state=\"running\"}} {}\n", at, stats.running);
    out += fmt::format("{},state=\"waiting\"}} {}\n", at, stats.waiting);
  });
  each("sluice_model_worker_starts_total", "counter", "Starts of the model's worker.",
       [&](const std::string& at, const auto& stats) {
         out += fmt::format("{}}} {}\n", at, stats.worker_starts);
       });
  each("sluice_model_longest_wait_seconds", "gauge",
       "The longest that a request has waited for its first token.",
       [&](const std::string& at, const auto& stats) {
         out += fmt::format("{}}} {}\n", at, static_cast<double>(stats.longest_wait.count()) / 1000.0);
       });
  return out;
}

}  // namespace sluice::server
