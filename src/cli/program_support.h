// What `run` and `compile` share.
#pragma once

#include <optional>

#include "base/error.h"
#include "wasm/cache.h"

namespace sluice::cli {

// Prints `sluice: …` on standard error, and gives the exit code for it.
int report_program(const Error& error);

// Prints a text on standard output, and gives the exit code.
int print_help(const char* text);

// The cache of compiled code; nothing (and a warning) if it cannot be used, nothing if there is no home for
// it.
[[nodiscard]] std::optional<wasm::Cache> open_cache();

}  // namespace sluice::cli
