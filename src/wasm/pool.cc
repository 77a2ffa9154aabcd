#include "wasm/pool.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>

namespace sluice::wasm {

namespace {

// A stack and its guard are mapped for each slot from the start; a memory splits its slot in two when it is
// used.
constexpr std::uint64_t mappings_each = 4;
// Libraries, threads' stacks, compiled code, the pool's own.
constexpr std::uint64_t mappings_kept = 4'000;
constexpr std::uint64_t resident_bytes_each = 160U << 10;
constexpr std::uint32_t instances_max = 100'000;
constexpr std::uint32_t instances_min = 8;
// Each slot costs time when the engine starts (its stack's guard page is a call to the kernel).
constexpr std::uint32_t instances_usual = 12'000;

}  // namespace

Machine this_machine() {
  Machine machine{65'530, 0, std::numeric_limits<std::uint64_t>::max()};
  std::ifstream("/proc/sys/vm/max_map_count") >> machine.map_count_max;
  machine.memory_bytes = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                         static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE));
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    machine.address_bytes_max = limit.rlim_cur;
  return machine;
}

Result<PoolSize> pool_for(const Machine& machine, std::uint32_t wanted, std::size_t memory_bytes_max) {
  const std::uint64_t by_mappings =
      machine.map_count_max > mappings_kept ? (machine.map_count_max - mappings_kept) / mappings_each : 0;
  const std::uint64_t by_memory = machine.memory_bytes / 2 / resident_bytes_each;
  const std::uint64_t by_addresses = machine.address_bytes_max / 4 / (memory_bytes_max + (1U << 20));
  const auto most = static_cast<std::uint32_t>(
      std::min({by_mappings, by_memory, by_addresses, std::uint64_t{instances_max}}));
  if (most < instances_min) {
    return fail(ErrorCode::limit, "size the pool of instances",
                "this machine allows only " + std::to_string(most) + " instances (mappings " +
                    std::to_string(by_mappings) + ", memory " + std::to_string(by_memory) + ", addresses " +
                    std::to_string(by_addresses) + ")",
                "raise vm.max_map_count or the limit on address space (ulimit -v)");
  }
  PoolSize size;
  size.instances = std::min(wanted == 0 ? instances_usual : wanted, most);
  return size;
}

}  // namespace sluice::wasm
