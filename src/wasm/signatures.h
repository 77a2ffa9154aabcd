// Reads from a core module's bytes which of its functions a command line can call. The engine's C API ends
// the process when it is asked for the type of a function that takes or gives vectors or newer references, so
// it is asked only about functions that pass here.
#pragma once

#include <string_view>

namespace sluice::wasm {

// Whether the exported function takes and gives numbers only. False too if there is none, or if the bytes
// hold types that this doesn't read (those of garbage collection). `bytes` are a valid module.
[[nodiscard]] bool takes_numbers_only(std::string_view bytes, std::string_view function);

// The same of every exported function.
[[nodiscard]] bool all_take_numbers_only(std::string_view bytes);

}  // namespace sluice::wasm
