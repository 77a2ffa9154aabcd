// `sluice run` and `sluice compile`: programs of WASI, without an app. They use none of what the other
// commands need, and start without loading it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sluice::cli {

// Each takes what follows its name, and gives the exit code.
[[nodiscard]] int run_command(const std::vector<std::string>& arguments);
[[nodiscard]] int compile_command(const std::vector<std::string>& arguments);

}  // namespace sluice::cli
