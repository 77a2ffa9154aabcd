#include "cli/machine.h"

#include <algorithm>

#include "base/log.h"
#include "cli/model_places.h"
#include "cli/progress.h"

namespace sluice::cli {

Result<std::unique_ptr<Machine>> Machine::start(const MachineOptions& options) {
  wasm::EngineOptions engine_options;
  engine_options.instances = options.instances;
  engine_options.memory_bytes_max = options.memory_mib_max << 20U;
  engine_options.cache_folder = wasm::Cache::default_folder();
  auto engine = wasm::Engine::create(engine_options);
  if (!engine && engine.error().what.starts_with("use the cache")) {
    // Without a usable cache folder everything works, slower.
    log(LogLevel::warn, "compiled components are not kept: " + engine.error().to_string());
    engine_options.cache_folder.clear();
    engine = wasm::Engine::create(engine_options);
  }
  if (!engine) return std::unexpected(engine.error());
  std::unique_ptr<Machine> machine(new Machine(std::move(*engine)));
  machine->wire(options);
  return machine;
}

Machine::Machine(std::unique_ptr<wasm::Engine> engine)
    : engine_(std::move(engine)), catalogue_(catalogue_places()) {}

void Machine::wire(const MachineOptions& options) {
  store_ = std::make_unique<store::MemoryStore>(clock_);
  shards_ = std::make_unique<Shards>(options.shards, "sluice");
  const auto count = static_cast<std::uint32_t>(options.shards);
  http_clients_.resize(options.shards);
  for (std::size_t i = 0; i < options.shards; ++i) {
    admissions_.push_back(std::make_unique<flow::Admission>(engine_->pool().instances / count));
    shards_->run(i, [&, i] {
      net::HttpClientSettings settings;
      settings.user_agent = "sluice/" SLUICE_VERSION;
      settings.extra_ca_file = options.extra_ca_file;
      http_clients_[i] = std::make_unique<net::HttpClient>(shards_->context(i), settings);
    });
  }
  kv_ = std::make_unique<host::KvCapability>(*store_);
  services_.engine = engine_.get();
  services_.http_clients = &http_clients_;
  services_.admissions = &admissions_;
  services_.capabilities = {
      {flow::HostProvider::log, &log_},       {flow::HostProvider::clock, &clock_capability_},
      {flow::HostProvider::random, &random_}, {flow::HostProvider::config, &config_},
      {flow::HostProvider::kv, kv_.get()},    {flow::HostProvider::timer, &timer_}};
  models_ = std::make_unique<nn::Models>(models_settings());
  networks_ = std::make_unique<nn::Networks>(models_settings());
  hashed_files_ = std::make_unique<nn::HashedFiles>(model_hashes_folder(), clock_, show_hashing(clock_));
  services_.models = {models_.get(), networks_.get(), &catalogue_, hashed_files_.get()};
}

Machine::~Machine() {
  for (std::size_t i = 0; i < http_clients_.size(); ++i) {
    shards_->run(i, [&, i] { http_clients_[i].reset(); });
  }
  shards_->stop();
}

std::uint64_t largest_memory_mib(const flow::Manifest& manifest) {
  std::uint64_t most = 16;
  for (const auto& function : manifest.functions) most = std::max(most, function.limits.memory_mib);
  for (const auto& integration : manifest.integrations) most = std::max(most, integration.limits.memory_mib);
  return most;
}

}  // namespace sluice::cli
