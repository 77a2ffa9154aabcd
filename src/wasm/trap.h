// Why guest code ended, in words.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/limits.h"

namespace sluice::wasm {

// `message` is wasmtime's text with causes and backtrace. Limits that show as traps are named.
[[nodiscard]] Error explain_trap(std::string what, std::string_view message, const Limits& limits);

}  // namespace sluice::wasm
