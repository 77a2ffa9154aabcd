// Everything that apps run on, wired together: engine, HTTP clients, capabilities, one shard or more.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/error.h"
#include "base/shards.h"
#include "flow/app.h"
#include "flow/catalogue.h"
#include "host/clock.h"
#include "host/config.h"
#include "host/kv.h"
#include "host/log.h"
#include "host/random.h"
#include "host/timer.h"
#include "nn/hashed_files.h"
#include "nn/models.h"
#include "nn/networks.h"
#include "store/memory.h"

namespace sluice::cli {

struct MachineOptions {
  std::size_t shards = 1;
  std::uint32_t instances = 0;        // at once; 0: what the machine allows
  std::uint64_t memory_mib_max = 64;  // the largest memory of any instance
  std::string extra_ca_file;          // PEM; empty: the system's authorities alone
};

// Made and destroyed on the main thread. Apps are loaded from its services and destroyed before it.
class Machine {
 public:
  static Result<std::unique_ptr<Machine>> start(const MachineOptions& options);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine();

  [[nodiscard]] const flow::HostServices& services() const { return services_; }
  [[nodiscard]] Shards& shards() { return *shards_; }
  [[nodiscard]] store::Store& store() { return *store_; }
  [[nodiscard]] Clock& clock() { return clock_; }
  [[nodiscard]] Entropy& entropy() { return entropy_; }
  [[nodiscard]] wasm::Engine& engine() { return *engine_; }
  [[nodiscard]] nn::Models& models() { return *models_; }
  [[nodiscard]] const flow::Catalogue& catalogue() const { return catalogue_; }
  [[nodiscard]] flow::Admission& admission(std::size_t shard) { return *admissions_[shard]; }

 private:
  explicit Machine(std::unique_ptr<wasm::Engine> engine);
  void wire(const MachineOptions& options);

  SystemClock clock_;
  SystemEntropy entropy_;
  std::unique_ptr<wasm::Engine> engine_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Shards> shards_;
  host::HttpClients http_clients_;
  flow::Admissions admissions_;
  host::LogCapability log_;
  host::ClockCapability clock_capability_;
  host::RandomCapability random_;
  host::ConfigCapability config_;
  host::TimerCapability timer_;
  std::unique_ptr<host::KvCapability> kv_;
  flow::Catalogue catalogue_;
  std::unique_ptr<nn::Models> models_;
  std::unique_ptr<nn::Networks> networks_;
  std::unique_ptr<nn::HashedFiles> hashed_files_;
  flow::HostServices services_;
};

// The largest `memory-mib` that the app's components ask for.
[[nodiscard]] std::uint64_t largest_memory_mib(const flow::Manifest& manifest);

}  // namespace sluice::cli
