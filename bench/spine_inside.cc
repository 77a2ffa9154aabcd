// The figures of the spine that are taken inside one process: what an instance costs in time and memory, how
// many can wait at once, linked calls. Prints JSON; bench/spine.py puts it beside the targets.

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <list>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "bench_host.h"
#include "gate/gate.h"
#include "host/local_change.h"
#include "host/local_pulls.h"

namespace sluice::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double resident_kib() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

Event event_with(std::string data, std::string type = "bench") {
  Event event;
  event.id = "bench";
  event.source = "/bench";
  event.type = std::move(type);
  event.time = "2026-01-01T00:00:00.000Z";
  event.data = std::move(data);
  return event;
}

// Runs one after the other, `count` times; microseconds each, median of rounds.
double serial_us(BenchHost& host, const flow::App& app, const std::string& data, int rounds, int count) {
  const flow::LoadedFunction& function = *app.find_function("f");
  std::vector<double> figures;
  for (int round = 0; round < rounds; ++round) {
    int failed = 0;
    const auto work = [&]() -> Task<void> {
      for (int i = 0; i < count; ++i) {
        Event event = event_with(data);
        flow::RunSetup setup = host.setup();
        auto report = co_await flow::run_function(app, function, std::move(event), nullptr, std::move(setup));
        if (report.outcome.kind != flow::RunOutcome::Kind::done) ++failed;
      }
    };
    const auto start = SteadyClock::now();
    asio::co_spawn(host.context, work(), [](std::exception_ptr) {});
    host.context.restart();
    host.context.run();
    figures.push_back(seconds_since(start) * 1e6 / count);
    if (failed > 0) must<int>(fail(ErrorCode::internal, "run the benchmark's function", "a run failed"));
  }
  return median(figures);
}

constexpr const char* one_function = R"(
[app]
name = "bench"
[function.f]
component = "f.wasm"
[function.f.links]
"sluice:time/timer" = "timer"
)";

nlohmann::json fresh_instance() {
  BenchHost host(64);
  StandIn timer(timer_type(), StandIn::Answers::next_turn);
  flow::LoadOptions options;
  options.overrides.emplace("sluice:time/timer", &timer);
  const auto json_call =
      must(flow::App::load(host.install(one_function, {{"json-call", "f.wasm"}}), host.services, options));
  const auto noop = must(flow::App::load(
      host.install("[app]\nname = \"bench\"\n[function.f]\ncomponent = \"f.wasm\"\n", {{"noop", "f.wasm"}}),
      host.services, {}));
  const std::string data = R"({"sleep_ms":1,"name":"bench","list":[1,2,3],"nested":{"a":true,"b":null}})";
  return {{"instance_us", serial_us(host, *json_call, data, 15, 2000)},
          {"noop_us", serial_us(host, *noop, data, 15, 2000)},
          {"calls_seen", timer.calls}};
}

// Starts runs that never end until `count` wait in the stand-in; KiB resident for each.
nlohmann::json suspended(BenchHost& host, const flow::App& app, const std::string& function_name,
                         const Event& event, StandIn& waits, std::size_t count) {
  const flow::LoadedFunction& function = *app.find_function(function_name);
  std::list<asio::cancellation_signal> signals;
  std::size_t ended = 0;
  std::string why;
  const auto start_one = [&] {
    asio::co_spawn(host.context, flow::run_function(app, function, Event(event), nullptr, host.setup()),
                   asio::bind_cancellation_slot(signals.emplace_back().slot(),
                                                [&](std::exception_ptr thrown, flow::RunReport report) {
                                                  ++ended;
                                                  if (!thrown && why.empty())
                                                    why = report.outcome.error.to_string();
                                                }));
  };
  // What the first runs load for all is not theirs.
  for (int i = 0; i < 3; ++i) start_one();
  host.context.restart();
  host.context.poll();
  const double before = resident_kib();
  const auto start = SteadyClock::now();
  for (std::size_t i = 0; i < count; ++i) start_one();
  host.context.restart();
  host.context.poll();
  const double took = seconds_since(start);
  const double each = (resident_kib() - before) / static_cast<double>(count);
  const std::size_t waiting = waits.calls - ended;
  for (auto& signal : signals) signal.emit(asio::cancellation_type::terminal);
  host.context.restart();
  host.context.run();
  return {{"kib_each", each},
          {"waiting", waiting},
          {"ended_early", why},
          {"start_us_each", took * 1e6 / static_cast<double>(count)}};
}

nlohmann::json suspended_small(std::uint32_t wanted) {
  BenchHost host(0);
  StandIn timer(timer_type(), StandIn::Answers::never);
  flow::LoadOptions options;
  options.overrides.emplace("sluice:time/timer", &timer);
  const auto app =
      must(flow::App::load(host.install(one_function, {{"json-call", "f.wasm"}}), host.services, options));
  auto figures = suspended(host, *app, "f", event_with("{\"sleep_ms\":1}"), timer, wanted);
  figures["pool"] = host.engine->pool().instances;
  return figures;
}

// A diff of about 50 KB, made of lines like code.
std::string large_patch() {
  std::string text = "diff --git a/a.cc b/a.cc\n--- a/a.cc\n+++ b/a.cc\n";
  for (int hunk = 0; hunk < 40; ++hunk) {
    const std::string at = std::to_string(hunk * 100 + 1);
    text += "@@ -" + at + ",10 +" + at + ",30 @@ void function_" + at + "()\n";
    for (int line = 0; line < 10; ++line)
      text += "   context_of_line(" + std::to_string(line) + ", value);\n";
    for (int line = 0; line < 20; ++line)
      text += "+  added_call_number(" + std::to_string(line) + ", other_value, 42);\n";
  }
  return text;
}

nlohmann::json suspended_review() {
  BenchHost host(512);
  const std::string patch = large_patch();
  host::LocalPulls pulls(must(host::read_diff(patch, "bench.diff")));
  // The function logs what it reviewed at its end, with the change and its findings in hand: there it is
  // held.
  const Type level = Type::enumeration({"trace", "debug", "info", "warn", "error", "critical"});
  StandIn log(
      {"wasi:logging/logging@0.1.0-draft",
       {host::function("log", {{"level", level}, {"context", host::text()}, {"message", host::text()}})}},
      StandIn::Answers::never);
  flow::LoadOptions options;
  options.overrides.emplace("sluice:github/pulls", &pulls);
  options.overrides.emplace("wasi:logging/logging", &log);
  options.only_function = "review";
  const auto app = must(flow::App::load(std::filesystem::path(SLUICE_BINARY_DIR) / "apps" / "code-review",
                                        host.services, options));
  const Event event =
      event_with(R"({"owner":"local","repo":"bench","number":1,"format":"json"})", "sluice.review.requested");
  auto figures = suspended(host, *app, "review", event, log, 200);
  figures["diff_bytes"] = patch.size();
  return figures;
}

constexpr const char* calling_github = R"(
[app]
name = "bench"
[function.f]
component = "f.wasm"
[function.f.limits]
calls = 1000000000
cpu-ms = 86400000
[function.f.links]
"sluice:github/pulls" = "github"
"wasi:logging/logging" = "log"
"wasi:config/store" = "config"
"wasi:clocks/wall-clock" = "clock"
"wasi:random/random" = "random"
"sluice:kv/store" = "kv"
"sluice:time/timer" = "timer"
[integration.github]
component = "github.wasm"
egress = ["https://api.github.com"]
[integration.github.links]
"wasi:logging/logging" = "log"
"wasi:config/store" = "config"
"wasi:clocks/wall-clock" = "clock"
"sluice:kv/store" = "kv"
"sluice:time/timer" = "timer"
)";

nlohmann::json linked_calls() {
  BenchHost host(64);
  const auto app = must(flow::App::load(
      host.install(calling_github, {{"commandable-pulls", "f.wasm"}, {"github", "github.wasm"}}),
      host.services, {}));
  const flow::LoadedFunction& function = *app->find_function("f");
  const std::size_t link = [&] {
    for (std::size_t i = 0; i < function.links.size(); ++i) {
      if (function.links[i].import().bare_name() == "sluice:github/pulls") return i;
    }
    std::exit(1);
  }();
  const auto& functions = function.links[link].import().functions;
  const auto get =
      static_cast<std::size_t>(std::ranges::find(functions, "get", &FunctionType::name) - functions.begin());

  gate::Redactor redactor;
  gate::RunState run;
  run.function = &function.subject;
  run.redactor = &redactor;
  run.clock = &host.clock;
  run.entropy = &host.entropy;
  const gate::BoundValues nothing;
  gate::Frame frame{run, function.subject, nothing, 0};
  std::vector<double> rates;
  std::string answer;
  for (int round = 0; round < 15; ++round) {
    constexpr int count = 2000;
    const auto work = [&]() -> Task<void> {
      for (int i = 0; i < count; ++i) {
        // A name that GitHub does not allow: the integration says so itself, without a request.
        std::vector<Value> arguments;
        arguments.push_back(Value::string("not/allowed"));
        arguments.push_back(Value::string("app"));
        arguments.push_back(Value::unsigned_int(7));
        auto result = co_await gate::pass(frame, function.links[link], get, std::move(arguments));
        answer = !result ? result.error().to_string() : (*result)->as_case().index == 1 ? "err" : "ok";
      }
    };
    const auto start = SteadyClock::now();
    asio::co_spawn(host.context, work(), [](std::exception_ptr) {});
    host.context.restart();
    host.context.run();
    rates.push_back(count / seconds_since(start));
  }
  return {{"per_second", median(rates)}, {"answer", answer}};
}

}  // namespace
}  // namespace sluice::bench

// Arguments: the parts to measure; none: all.
int main(int argc, char** argv) {
  using namespace sluice;
  configure_log({LogLevel::warn, LogFormat::text, LogColour::never});
  nlohmann::json out;
  const std::vector<std::string> wanted(argv + 1, argv + argc);
  const auto part = [&](const char* name, const auto& measure) {
    if (wanted.empty() || std::ranges::find(wanted, name) != wanted.end()) out[name] = measure();
  };
  part("fresh", bench::fresh_instance);
  part("linked", bench::linked_calls);
  part("review", bench::suspended_review);
  part("small", [] { return bench::suspended_small(2000); });
  part("many", [] { return bench::suspended_small(10000); });
  std::cout << out.dump(2) << "\n";
}
