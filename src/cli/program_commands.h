// `sluice run` and `sluice compile`: programs of WASI, without an app. They use none of what the other
// commands need, and start without loading it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "wasm/run.h"

namespace sluice::cli {

struct RunArguments;

// Writes where the guest's own standard output goes.
using PrintForGuest = std::function<void(std::string_view)>;
// Functions of the host for one guest more. `guest` stands before what is told of it: nothing, or its number.
using FunctionsForGuest =
    std::function<std::vector<wasm::HostFunction>(std::string_view guest, PrintForGuest print)>;
// Makes them where a program wants neural networks.
using OpenNeural = std::function<Result<FunctionsForGuest>(const RunArguments&)>;

// Each takes what follows its name, and gives the exit code. Nothing: the program wants neural networks, and
// `neural` is empty; nothing of it ran.
[[nodiscard]] std::optional<int> run_command(const std::vector<std::string>& arguments,
                                             const OpenNeural& neural);
[[nodiscard]] int compile_command(const std::vector<std::string>& arguments);

}  // namespace sluice::cli
