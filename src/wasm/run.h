// Runs a program of WASI once, to its end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "wasm/line_output.h"
#include "wasm/program.h"

namespace sluice::wasm {

enum class Access : std::uint8_t { read_write, read_only };

// A folder of the machine that the guest sees under a name of its own.
struct Preopen {
  std::string guest;
  std::string host;
  Access access = Access::read_write;
};

// A function of the host's, beside WASI's, for core modules. It takes i32s and gives one. `call` gets the
// memory of whoever calls (empty if it has none), on its thread; it may block, and must not keep the memory.
struct HostFunction {
  std::string module;
  std::string name;
  std::size_t parameters = 0;
  std::function<std::int32_t(std::span<std::uint8_t> memory, std::span<const std::uint32_t> arguments)> call;
};

struct RunOptions {
  std::string program_name;            // argument 0
  std::vector<std::string> arguments;  // the rest; of a reactor's function: its parameters
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<Preopen> folders;
  // The function to call instead of `_start`. Without either, the first argument names one.
  std::optional<std::string> reactor;
  std::optional<std::uint64_t> gas_max;           // instructions; the program must be counted
  std::optional<std::uint64_t> memory_pages_max;  // of 64 KiB, of each memory
  std::vector<HostFunction> functions;
  // Of guests that share standard output and error: their own ways there. Null: what it writes comes out at
  // once.
  std::shared_ptr<LineOutput> standard_output;
  std::shared_ptr<LineOutput> standard_error;
};

// How it ended. `message` is for standard error: nothing if the guest ended by itself.
struct RunOutcome {
  int exit_code = 0;
  std::string message;
};

// Exit code of a guest that broke down or passed a limit.
inline constexpr int exit_trapped = 134;

// The guest gets what `options` says and this process's standard input, output and error; no network, no
// other file, no other variable. Runs on the caller's thread, which has a stack for it (guest_stack.h), and
// may block it for as long as the guest likes. A program may run several times at once, on a thread each.
// Errors: what kept it from starting (invalid_input: what the program needs or lacks).
[[nodiscard]] Result<RunOutcome> run_program(const Program& program, const RunOptions& options);

}  // namespace sluice::wasm
