// A host on the calling thread, for benchmarks inside the process.
#pragma once

#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/entropy.h"
#include "flow/app.h"
#include "flow/run.h"
#include "host/clock.h"
#include "host/config.h"
#include "host/kv.h"
#include "host/log.h"
#include "host/random.h"
#include "host/timer.h"
#include "host/types.h"
#include "store/memory.h"

namespace sluice::bench {

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::cerr << result.error().to_string() << "\n";
  std::exit(1);
}

class BenchHost {
 public:
  explicit BenchHost(std::uint32_t instances) {
    wasm::EngineOptions options;
    options.instances = instances;
    options.cache_folder = wasm::Cache::default_folder();
    engine = must(wasm::Engine::create(options));
    admissions.push_back(std::make_unique<flow::Admission>(engine->pool().instances));
    clients.push_back(std::make_unique<net::HttpClient>(context, net::HttpClientSettings{}));
    services.engine = engine.get();
    services.http_clients = &clients;
    services.admissions = &admissions;
    services.capabilities = {
        {flow::HostProvider::log, &log_},       {flow::HostProvider::clock, &clock_capability_},
        {flow::HostProvider::random, &random_}, {flow::HostProvider::config, &config_},
        {flow::HostProvider::kv, &kv_},         {flow::HostProvider::timer, &timer_}};
  }

  // Puts an app into a folder of its own: a manifest, and components by the names that it gives them.
  std::filesystem::path install(const std::string& manifest,
                                const std::vector<std::pair<std::string, std::string>>& components) {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-bench-XXXXXX").string();
    const std::filesystem::path folder = mkdtemp(name.data());
    folders_.push_back(folder);
    std::ofstream(folder / "sluice.toml") << manifest;
    for (const auto& [from, to] : components) {
      std::filesystem::copy_file(std::filesystem::path(SLUICE_BINARY_DIR) / "components" / (from + ".wasm"),
                                 folder / to);
    }
    return folder;
  }

  flow::RunSetup setup() { return {"bench", 0, nullptr, &clock, &entropy}; }

  ~BenchHost() {
    for (const auto& folder : folders_) std::filesystem::remove_all(folder);
  }

  asio::io_context context{1};
  SystemClock clock;
  SystemEntropy entropy;
  std::unique_ptr<wasm::Engine> engine;
  flow::Admissions admissions;
  host::HttpClients clients;
  flow::HostServices services;

 private:
  store::MemoryStore store_{clock};
  host::LogCapability log_;
  host::ClockCapability clock_capability_;
  host::RandomCapability random_;
  host::ConfigCapability config_;
  host::TimerCapability timer_;
  host::KvCapability kv_{store_};
  std::vector<std::filesystem::path> folders_;
};

// Stands in for an interface: answers after one turn of the event loop, or never.
class StandIn : public gate::Provider {
 public:
  enum class Answers : std::uint8_t { next_turn, never };
  StandIn(InterfaceType type, Answers answers) : type_(std::move(type)), answers_(answers) {}
  [[nodiscard]] const std::string& label() const override { return label_; }
  [[nodiscard]] const InterfaceType& type() const override { return type_; }

  Task<Result<std::optional<Value>>> call(gate::Frame&, const gate::BoundValues&, std::size_t,
                                          std::vector<Value>) override {
    ++calls;
    auto executor = co_await asio::this_coro::executor;
    if (answers_ == Answers::never) {
      asio::steady_timer timer(executor, asio::steady_timer::time_point::max());
      co_await timer.async_wait(asio::use_awaitable);
    } else {
      co_await asio::post(executor, asio::use_awaitable);
    }
    co_return std::optional<Value>();
  }

  std::size_t calls = 0;

 private:
  std::string label_ = "bench";
  InterfaceType type_;
  Answers answers_;
};

inline InterfaceType timer_type() {
  return {"sluice:time/timer@0.1.0", {host::function("sleep", {{"ms", host::u32()}})}};
}

}  // namespace sluice::bench
