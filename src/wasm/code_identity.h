// What compiled code depends on beside its source and the engine's settings.
#pragma once

#include <string>
#include <string_view>

#include "wasm/c_api.h"

namespace sluice::wasm {

inline constexpr std::string_view engine_version = "wasmtime-" WASMTIME_VERSION;

// The same text on processors with the same instructions. One line without spaces.
[[nodiscard]] std::string cpu_features();

}  // namespace sluice::wasm
