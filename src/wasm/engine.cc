#include "wasm/engine.h"

#include <chrono>
#include <cstring>

#include "base/hash.h"
#include "base/log.h"
#include "wasm/code_identity.h"
#include "wasm/trap.h"

namespace sluice::wasm {

namespace {

constexpr std::size_t component_bytes_max = 64U << 20;
constexpr auto tick_length = std::chrono::milliseconds(1);
// Ticks without activity after which the ticker sleeps until somebody calls note_activity.
constexpr int idle_ticks_max = 200;
constexpr std::uint32_t asleep = 0x8000'0000U;

// Part of the cache's key beside content, engine and CPU: everything in `configure` that changes the code.
constexpr std::string_view settings_version = "app-2";

// The stack of a fiber: wasm may use half, host callbacks the rest.
constexpr std::size_t fiber_stack_bytes = 256U << 10;
constexpr std::size_t wasm_stack_bytes = 128U << 10;

constexpr std::size_t table_keep_bytes = 128U << 10;
// Slots that are cleaned together.
constexpr std::size_t decommit_batch = 8;

ConfigPtr configure(const PoolSize& size, std::size_t memory_bytes_max) {
  ConfigPtr config(wasm_config_new());
  wasmtime_config_wasm_component_model_set(config.get(), true);
  wasmtime_config_concurrency_support_set(config.get(), false);
  wasmtime_config_cranelift_nan_canonicalization_set(config.get(), true);
  wasmtime_config_wasm_relaxed_simd_deterministic_set(config.get(), true);
  wasmtime_config_wasm_threads_set(config.get(), false);
  wasmtime_config_shared_memory_set(config.get(), false);
  wasmtime_config_wasm_memory64_set(config.get(), false);
  wasmtime_config_epoch_interruption_set(config.get(), true);
  wasmtime_config_async_stack_size_set(config.get(), fiber_stack_bytes);
  wasmtime_config_max_wasm_stack_set(config.get(), wasm_stack_bytes);
  wasmtime_config_memory_reservation_set(config.get(), memory_bytes_max);
  wasmtime_config_memory_guard_size_set(config.get(), 64U << 10);
  // Guests have a few pages of data: copying them is as fast as mapping an image, and costs two mappings
  // less.
  wasmtime_config_memory_init_cow_set(config.get(), false);

  PoolingConfigPtr pool(wasmtime_pooling_allocation_config_new());
  const auto total = [&](std::uint32_t each) { return size.instances * each; };
  wasmtime_pooling_allocation_config_total_component_instances_set(pool.get(), size.instances);
  wasmtime_pooling_allocation_config_total_core_instances_set(pool.get(), total(6));
  wasmtime_pooling_allocation_config_total_memories_set(pool.get(), size.instances + size.instances / 8);
  wasmtime_pooling_allocation_config_total_tables_set(pool.get(), total(3));
  wasmtime_pooling_allocation_config_total_stacks_set(pool.get(), size.instances);
  wasmtime_pooling_allocation_config_max_memory_size_set(pool.get(), memory_bytes_max);
  wasmtime_pooling_allocation_config_max_core_instances_per_component_set(pool.get(),
                                                                          size.core_instances_each_max);
  wasmtime_pooling_allocation_config_max_memories_per_component_set(pool.get(), size.memories_each_max);
  wasmtime_pooling_allocation_config_max_tables_per_component_set(pool.get(), size.tables_each_max);
  wasmtime_pooling_allocation_config_table_elements_set(pool.get(), size.table_elements_max);
  // Clearing a table is cheaper than giving its pages back and faulting them in again.
  wasmtime_pooling_allocation_config_table_keep_resident_set(pool.get(), table_keep_bytes);
  wasmtime_pooling_allocation_config_decommit_batch_size_set(pool.get(), decommit_batch);
  wasmtime_pooling_allocation_strategy_set(config.get(), pool.get());
  return config;
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::create(const EngineOptions& options) {
  auto pool = pool_for(this_machine(), options.instances, options.memory_bytes_max);
  if (!pool) return std::unexpected(pool.error());
  std::optional<Cache> cache;
  if (!options.cache_folder.empty()) {
    auto opened = Cache::open(options.cache_folder);
    if (!opened) return std::unexpected(opened.error());
    cache = std::move(*opened);
  }
  EnginePtr engine(wasm_engine_new_with_config(configure(*pool, options.memory_bytes_max).release()));
  if (!engine) {
    return fail(ErrorCode::unavailable, "start the WebAssembly engine",
                "the kernel gave no address space for " + std::to_string(pool->instances) + " instances",
                "lower the number of instances, or raise the limit on address space (ulimit -v)");
  }
  return std::unique_ptr<Engine>(
      new Engine(std::move(engine), *pool, options.memory_bytes_max, std::move(cache)));
}

Engine::Engine(EnginePtr engine, PoolSize pool, std::size_t memory_bytes_max, std::optional<Cache> cache)
    : engine_(std::move(engine)), pool_(pool), memory_bytes_max_(memory_bytes_max), cache_(std::move(cache)) {
  ticker_ = std::thread([this] { tick(); });
}

Engine::~Engine() {
  stop_ = true;
  activity_ += 1;
  activity_.notify_all();
  ticker_.join();
}

void Engine::note_activity() noexcept {
  const std::uint32_t before = activity_.load(std::memory_order_relaxed);
  if ((before & asleep) == 0) {
    // Nobody sleeps: a plain store is enough, a lost one only delays sleep.
    activity_.store((before + 1) & ~asleep, std::memory_order_relaxed);
    return;
  }
  activity_.store((before + 1) & ~asleep);
  activity_.notify_all();
}

void Engine::tick() {
  int idle = 0;
  std::uint32_t seen = activity_;
  while (!stop_) {
    std::this_thread::sleep_for(tick_length);
    wasmtime_engine_increment_epoch(engine_.get());
    std::uint32_t now = activity_;
    idle = now == seen ? idle + 1 : 0;
    seen = now;
    if (idle < idle_ticks_max) continue;
    if (activity_.compare_exchange_strong(now, now | asleep)) {
      while (!stop_ && activity_ == (now | asleep)) activity_.wait(now | asleep);
    }
    idle = 0;
  }
}

std::string Engine::cache_name(std::string_view bytes) const {
  std::string settings;
  settings.append(engine_version).append("\n").append(settings_version).append("\n");
  settings.append(std::to_string(memory_bytes_max_)).append("\n").append(cpu_features()).append("\n");
  return sha256_hex(settings + sha256_hex(bytes));
}

Result<ComponentPtr> Engine::compile(std::string_view bytes, std::string_view name) {
  const std::string what = "load component " + std::string(name);
  if (bytes.size() > component_bytes_max) {
    return fail(ErrorCode::limit, what, "it is larger than 64 MiB");
  }
  if (bytes.size() < 8 || bytes.substr(0, 4) != std::string_view("\0asm", 4)) {
    return fail(ErrorCode::invalid_input, what, "it is not WebAssembly: the first four bytes are not \\0asm");
  }
  if (bytes.substr(4, 4) == std::string_view("\x01\0\0\0", 4)) {
    return fail(ErrorCode::invalid_input, what, "it is a core module, not a component",
                "build a component from it (`wasm-tools component new`)");
  }
  wasmtime_component_t* out = nullptr;
  std::string entry;
  if (cache_) {
    entry = cache_name(bytes);
    if (const auto kept = cache_->get(entry)) {
      const auto* data = reinterpret_cast<const std::uint8_t*>(kept->data());
      ErrorPtr error(wasmtime_component_deserialize(engine_.get(), data, kept->size(), &out));
      if (!error) return ComponentPtr(out);
    }
  }
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (ErrorPtr error{wasmtime_component_new(engine_.get(), data, bytes.size(), &out)}) {
    return fail(ErrorCode::invalid_input, what, first_cause(message_of(std::move(error))));
  }
  ComponentPtr component(out);
  wasm_byte_vec_t serialized;
  if (cache_) {
    if (ErrorPtr error{wasmtime_component_serialize(component.get(), &serialized)}; !error) {
      // A cache that cannot be written costs time, nothing else.
      const Status kept = cache_->put(entry, {serialized.data, serialized.size});
      if (!kept) log(LogLevel::debug, "compiled code is not kept: " + kept.error().to_string());
      wasm_byte_vec_delete(&serialized);
    }
  }
  return component;
}

}  // namespace sluice::wasm
