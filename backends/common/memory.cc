#include "common/memory.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace sluice::backends {
namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

// "NAME:  123 kB" of a file in /proc.
std::optional<std::uint64_t> proc_kilobytes(const char* path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ":")) return std::stoull(line.substr(name.size() + 1)) * 1024;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  // "max" is no number.
  if (file >> value) return value;
  return std::nullopt;
}

std::uint64_t group_available() {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("0::")) break;
  }
  if (!line.starts_with("0::")) return unlimited;
  const std::string folder = "/sys/fs/cgroup" + line.substr(3);
  const auto limit = number(folder + "/memory.max");
  const auto used = number(folder + "/memory.current");
  if (!limit || !used) return unlimited;
  return *limit > *used ? *limit - *used : 0;
}

std::uint64_t address_space_available() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return unlimited;
  const std::uint64_t used = proc_kilobytes("/proc/self/status", "VmSize").value_or(0);
  return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

}  // namespace

std::uint64_t memory_available() {
  const std::uint64_t machine = proc_kilobytes("/proc/meminfo", "MemAvailable").value_or(unlimited);
  return std::min({machine, group_available(), address_space_available()});
}

}  // namespace sluice::backends
