// How much memory this process may still take.
#pragma once

#include <cstdint>

namespace sluice::backends {

// Bytes: what the machine has free (caches included), or less where a control group or this process's own
// limit of address space says so.
[[nodiscard]] std::uint64_t memory_available();

}  // namespace sluice::backends
