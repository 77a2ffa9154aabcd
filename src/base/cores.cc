#include "base/cores.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <thread>

#include "base/files.h"
#include "base/text.h"

namespace sluice {

namespace {

constexpr std::size_t file_bytes_max = 64U << 10U;

std::optional<double> positive(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

// Of this process: the line of version 2 is "0::/path".
std::filesystem::path control_group() {
  const auto text = read_file("/proc/self/cgroup", file_bytes_max);
  if (!text || !text->starts_with("0::/")) return "/";
  return text->substr(3, text->find('\n') - 3);
}

}  // namespace

std::optional<double> cpu_share(std::string_view cpu_max) {
  const std::string_view line = trim(cpu_max);
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto quota = positive(line.substr(0, space));
  const auto period = positive(line.substr(space + 1));
  if (!quota || !period) return std::nullopt;
  return *quota / *period;
}

unsigned usable_cores() {
  double cores = std::max(1U, std::thread::hardware_concurrency());
  // A group's limit holds for the groups within it as well.
  for (std::filesystem::path group = control_group(); !group.empty(); group = group.parent_path()) {
    const std::filesystem::path file =
        std::filesystem::path("/sys/fs/cgroup") / group.relative_path() / "cpu.max";
    if (const auto text = read_file(file, file_bytes_max)) {
      if (const auto share = cpu_share(*text)) cores = std::min(cores, std::ceil(*share));
    }
    if (!group.has_relative_path()) break;
  }
  return static_cast<unsigned>(std::max(cores, 1.0));
}

}  // namespace sluice
