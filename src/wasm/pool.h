// How many instances this machine can hold at once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"

namespace sluice::wasm {

// What an instance takes from the pool, measured with components of the SDK (1 memory, 2 tables, 4 core
// instances) and with room for components of other toolchains.
struct PoolSize {
  std::uint32_t instances = 0;
  std::uint32_t core_instances_each_max = 128;
  std::uint32_t memories_each_max = 16;
  std::uint32_t tables_each_max = 64;
  std::uint32_t table_elements_max = 20'000;
};

struct Machine {
  std::uint64_t map_count_max;      // vm.max_map_count
  std::uint64_t memory_bytes;       // physical
  std::uint64_t address_bytes_max;  // RLIMIT_AS, or the largest number
};

[[nodiscard]] Machine this_machine();

// The largest pool that the kernel's limit on mappings (four for each suspended instance), the machine's
// memory (160 KiB resident each) and the address space allow. `wanted` 0: as many as that; otherwise at most
// `wanted`.
[[nodiscard]] Result<PoolSize> pool_for(const Machine& machine, std::uint32_t wanted,
                                        std::size_t memory_bytes_max);

}  // namespace sluice::wasm
