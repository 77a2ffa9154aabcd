// Why guest code ended, in words.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/limits.h"

namespace sluice::wasm {

// `message` is wasmtime's text with causes and backtrace. Limits that show as traps are named.
[[nodiscard]] Error explain_trap(std::string what, std::string_view message, const Limits& limits);

// The innermost cause in wasmtime's text: what is below "Caused by:", or all of it; on one line.
[[nodiscard]] std::string cause_of(std::string_view message);

// wasmtime's causes without its advice and backtraces, on one line.
[[nodiscard]] std::string first_cause(std::string message);

// The same as one sentence, from the outermost cause to the innermost.
[[nodiscard]] std::string in_one_sentence(std::string message);

}  // namespace sluice::wasm
