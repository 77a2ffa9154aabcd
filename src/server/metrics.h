// What `/metrics` tells: Prometheus' text format, version 0.0.4.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "flow/scheduler.h"
#include "server/webhooks.h"
#include "store/store.h"

namespace sluice::server {

// Any thread. Labels are names from manifests and fixed words only, so that their number is bounded.
class Metrics : public flow::RunObserver {
 public:
  // `store` outlives it; its counts are read when the text is made.
  explicit Metrics(store::Store& store) : store_(store) {}

  void run_ended(const flow::LoadedFunction& function, const flow::RunReport& report,
                 std::size_t shard) override;
  // `app` is empty where a delivery was for none.
  void delivery(const std::string& app, Delivery delivery, std::size_t shard);

  [[nodiscard]] std::string text();

 private:
  // Upper bounds of run times, in seconds.
  static constexpr std::array bounds{0.0001, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0};
  struct Runs {
    std::uint64_t count = 0;
    double seconds = 0;
    double cpu_seconds = 0;
    std::uint64_t calls = 0;
    std::array<std::uint64_t, bounds.size()> within{};
  };
  using RunKey = std::tuple<std::string, std::string, flow::RunOutcome::Kind>;  // app, function, outcome

  std::string run_metrics() const;

  store::Store& store_;
  std::mutex mutex_;
  std::map<RunKey, Runs> runs_;
  std::map<std::pair<std::string, Delivery>, std::uint64_t> deliveries_;
};

}  // namespace sluice::server
