// The parts of run_program: what a guest is given, each kind of program, and how an end is told.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "wasm/c_api.h"
#include "wasm/run.h"

namespace sluice::wasm {

// The store with everything of the options that does not depend on the kind of program.
[[nodiscard]] Result<StorePtr> make_store(const Program& program, const RunOptions& options);

// What a host function keeps of a module's run.
struct ModuleRun {
  std::optional<std::int32_t> exit_code;  // proc_exit was called
};

// Answers WASI preview 1, wasi-logging, and the functions of the options. `run` and `options` must outlive
// the store's use.
[[nodiscard]] Result<ModuleLinkerPtr> make_module_linker(const Program& program, const RunOptions& options,
                                                         ModuleRun& run);

[[nodiscard]] Result<RunOutcome> run_module(const Program& program, const RunOptions& options);
[[nodiscard]] Result<RunOutcome> run_component(const Program& program, const RunOptions& options);

// Why guest code stopped before its end: one of the two is there.
struct Stop {
  ErrorPtr error;
  TrapPtr trap;
  explicit operator bool() const { return error != nullptr || trap != nullptr; }
};

// Whether it is the limit on memory that kept an instance from being made.
[[nodiscard]] bool is_memory_limit(const Stop& stop, const RunOptions& options);

// Why an instance could not be made, when nothing of the guest ran. Takes the error. `given` says what
// programs of its kind get.
[[nodiscard]] Error cannot_start(const Program& program, ErrorPtr error, std::string_view given);

// What stopped it, where, and which option limits it. `memory_pages`: its memory's size then, if it is known.
[[nodiscard]] RunOutcome explain_stop(const Stop& stop, const Program& program, const RunOptions& options,
                                      std::optional<std::uint64_t> memory_pages);

}  // namespace sluice::wasm
