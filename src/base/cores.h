// How many threads are worth having.
#pragma once

#include <optional>
#include <string_view>

namespace sluice {

// The processors that this process may run on, or fewer where its control group has a smaller share of the
// time. At least 1.
[[nodiscard]] unsigned usable_cores();

// The processors' worth of time that a `cpu.max` of control groups, version 2, grants (Linux:
// admin-guide/cgroup-v2): "150000 100000" is 1.5. Nothing: no limit, or no such text.
[[nodiscard]] std::optional<double> cpu_share(std::string_view cpu_max);

}  // namespace sluice
