// The WebAssembly engine of an app server: pooling allocator, guests on fibers, epochs, canonical NaNs.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/error.h"
#include "wasm/c_api.h"
#include "wasm/cache.h"
#include "wasm/pool.h"

namespace sluice::wasm {

struct EngineOptions {
  std::uint32_t instances = 0;               // how many at once; 0: 12,000, or what the machine allows
  std::size_t memory_bytes_max = 64U << 20;  // address space for each instance's memory
  std::filesystem::path cache_folder;        // empty: nothing is kept on disk
};

// Threads: everything but the destructor may be used from any thread. Outlives all components and instances.
class Engine {
 public:
  static Result<std::unique_ptr<Engine>> create(const EngineOptions& options);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  // Compiles a component, or takes it from the cache. `name` is for errors.
  [[nodiscard]] Result<ComponentPtr> compile(std::string_view bytes, std::string_view name);

  [[nodiscard]] wasm_engine_t* get() const { return engine_.get(); }
  [[nodiscard]] const PoolSize& pool() const { return pool_; }
  [[nodiscard]] std::size_t memory_bytes_max() const { return memory_bytes_max_; }

  // To be called before guest code runs: keeps the epoch's ticker awake.
  void note_activity() noexcept;

 private:
  Engine(EnginePtr engine, PoolSize pool, std::size_t memory_bytes_max, std::optional<Cache> cache);
  void tick();
  [[nodiscard]] std::string cache_name(std::string_view bytes) const;

  EnginePtr engine_;
  PoolSize pool_;
  std::size_t memory_bytes_max_;
  std::optional<Cache> cache_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint32_t> activity_{0};
  std::thread ticker_;
};

}  // namespace sluice::wasm
