// Runs another program, such as git, to its end.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace sluice {

enum class Environment : std::uint8_t {
  clean,      // HOME, PATH's absolute folders, LANG and LC_ALL "C.UTF-8"
  inherited,  // all of this process's
};

struct ProcessSpec {
  // The program (searched in PATH's absolute folders unless it has a slash) and its arguments, as they are:
  // no shell is involved.
  std::vector<std::string> argv;
  std::filesystem::path folder;  // working folder; empty: this process's
  std::string input;             // all that can be read from its standard input
  Environment environment = Environment::clean;
  // Set on top of `environment`.
  std::vector<std::pair<std::string, std::string>> variables;
  std::size_t output_bytes_max = 64U << 20U;  // of each of standard output and standard error
  std::chrono::milliseconds timeout{60'000};
};

struct ProcessOutput {
  int exit_code = 0;  // 128 + the signal's number if one ended it, as shells have it
  std::string out;
  std::string err;
};

// Blocks the thread until the program has ended: an exit code other than 0 is an output, not an error.
// Errors: not_found (no such program or folder), limit (output), timeout, unavailable (all else). The program
// gets a process group of its own, no descriptors but 0, 1 and 2, and default signals; when it is over, for
// whatever reason, what is left of the group is killed, and the program itself is always waited for.
[[nodiscard]] Result<ProcessOutput> run_process(const ProcessSpec& spec);

}  // namespace sluice
