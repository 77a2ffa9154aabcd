// A program for `sluice run`: a core module of WASI preview 1, or a command component of WASI 0.2.
//
// The *run* profile of the engine: memory on demand, no interruption points, NaNs as the processor makes
// them. What a limit costs is paid only by those who ask for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "wasm/c_api.h"
#include "wasm/cache.h"

namespace sluice::wasm {

// Whether compiled code counts the instructions that it runs. Counting is another compiled code.
enum class Gas : std::uint8_t { uncounted, counted };

// Compiled, checked and ready to be run once.
struct Program {
  EnginePtr engine;
  ModulePtr module;           // one of these two
  ComponentPtr component;     // is there
  std::string name;           // the file's, for messages
  std::string source;         // of a module that was not compiled beforehand: its bytes
  bool numbers_only = false;  // of one that was: all its functions take and give numbers only
  Gas gas = Gas::uncounted;
};

// Reads a file (what it is, its bytes say: a module, a component, either as text, or what compile_program
// made), and compiles it or takes the code from the cache. Without a cache it is compiled each time, and
// compiled files are refused. Counted code runs uncounted too; uncounted code is refused where counted is
// wanted.
[[nodiscard]] Result<Program> load_program(const std::filesystem::path& file, Gas gas,
                                           const std::optional<Cache>& cache);

// Whether it is a module that imports something of the module `name`.
[[nodiscard]] bool imports_from(const Program& program, std::string_view name);

// The bytes of a compiled file for `load_program` on this machine.
[[nodiscard]] Result<std::string> compile_program(const std::filesystem::path& file, Gas gas,
                                                  const Cache& cache);

}  // namespace sluice::wasm
