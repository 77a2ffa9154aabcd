#include "server/metrics.h"

#include <fmt/format.h>

#include <unistd.h>

#include <fstream>
#include <string_view>

namespace sluice::server {

namespace {

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

std::uint64_t resident_bytes() {
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

void Metrics::run_ended(const flow::LoadedFunction& function, const flow::RunReport& report,
                        std::size_t /*shard*/) {
  const double took = seconds(report.took);
  const std::lock_guard lock(mutex_);
  Runs& runs = runs_[{function.subject.app, function.subject.name, report.outcome.kind}];
  ++runs.count;
  runs.seconds += took;
  runs.cpu_seconds += seconds(report.usage.cpu);
  runs.calls += report.usage.calls;
  for (std::size_t i = 0; i < bounds.size(); ++i) runs.within[i] += took <= bounds[i] ? 1 : 0;
}

void Metrics::delivery(const std::string& app, Delivery delivery, std::size_t /*shard*/) {
  const std::lock_guard lock(mutex_);
  ++deliveries_[{app, delivery}];
}

std::string Metrics::run_metrics() const {
  std::string out;
  std::string cpu;
  std::string calls;
  head(out, "sluice_run_seconds", "histogram", "Wall time of runs.");
  for (const auto& [key, runs] : runs_) {
    const auto& [app, function, outcome] = key;
    const std::string labels =
        fmt::format("app=\"{}\",function=\"{}\",outcome=\"{}\"", app, function, flow::name_of(outcome));
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      out += fmt::format("sluice_run_seconds_bucket{{{},le=\"{}\"}} {}\n", labels, bounds[i], runs.within[i]);
    }
    out += fmt::format("sluice_run_seconds_bucket{{{},le=\"+Inf\"}} {}\n", labels, runs.count);
    out += fmt::format("sluice_run_seconds_sum{{{}}} {}\n", labels, runs.seconds);
    out += fmt::format("sluice_run_seconds_count{{{}}} {}\n", labels, runs.count);
    cpu += fmt::format("sluice_run_cpu_seconds_total{{{}}} {}\n", labels, runs.cpu_seconds);
    calls += fmt::format("sluice_run_calls_total{{{}}} {}\n", labels, runs.calls);
  }
  head(out, "sluice_run_cpu_seconds_total", "counter", "CPU time in guests.");
  out += cpu;
  head(out, "sluice_run_calls_total", "counter", "Calls that runs made over links.");
  out += calls;
  return out;
}

std::string Metrics::text() {
  const store::InboxCounts inbox = store_.counts();
  const std::lock_guard lock(mutex_);
  std::string out;
  head(out, "sluice_deliveries_total", "counter", "Webhook deliveries, by what became of them.");
  for (const auto& [key, count] : deliveries_) {
    out += fmt::format("sluice_deliveries_total{{app=\"{}\",status=\"{}\"}} {}\n", key.first,
                       name_of(key.second), count);
  }
  out += run_metrics();
  head(out, "sluice_inbox_events", "gauge", "Events by where they are.");
  out += fmt::format("sluice_inbox_events{{state=\"ready\"}} {}\n", inbox.ready);
  out += fmt::format("sluice_inbox_events{{state=\"delayed\"}} {}\n", inbox.delayed);
  out += fmt::format("sluice_inbox_events{{state=\"running\"}} {}\n", inbox.leased);
  out += fmt::format("sluice_inbox_events{{state=\"dead\"}} {}\n", inbox.dead);
  head(out, "process_resident_memory_bytes", "gauge", "Resident memory.");
  out += fmt::format("process_resident_memory_bytes {}\n", resident_bytes());
  return out;
}

}  // namespace sluice::server
