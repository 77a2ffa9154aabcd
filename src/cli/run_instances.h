// Runs a program once, or many times at once.
#pragma once

#include "base/error.h"
#include "cli/program_commands.h"
#include "cli/run_arguments.h"
#include "wasm/program.h"

namespace sluice::cli {

// Each instance has a thread, and the number that `{instance}` in its arguments and variables becomes. What
// keeps one from running, or ends it with a message, is told on standard error with its number; the others go
// on. Gives the exit code: of many, the first that is not 0.
[[nodiscard]] int run_instances(const wasm::Program& program, const RunArguments& arguments,
                                const FunctionsForGuest& functions);

}  // namespace sluice::cli
