// The neural networks of `sluice run`: what --nn-preload names, answered as WASI-NN.
#pragma once

#include "base/error.h"
#include "cli/program_commands.h"
#include "cli/run_arguments.h"

namespace sluice::cli {

// invalid_input: a network's file is not there.
[[nodiscard]] Result<FunctionsForGuest> open_neural(const RunArguments& arguments);

}  // namespace sluice::cli
