// What a guest is given: WASI with what the options grant, and wasi-logging.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <span>

#include "base/unique_fd.h"
#include "base/value.h"
#include "base/write_all.h"
#include "wasm/run_parts.h"

namespace sluice::wasm {

namespace {

constexpr std::string_view preview1 = "wasi_snapshot_preview1";
constexpr std::uint64_t page_bytes = 64U << 10;
constexpr std::uint64_t pages_max =
    std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(page_bytes);

std::unexpected<Error> not_text(std::string_view what) {
  return fail(ErrorCode::invalid_input, "start the program", std::string(what) + " is not UTF-8");
}

Status open_folders(wasi_config_t* wasi, const std::vector<Preopen>& folders) {
  for (const Preopen& folder : folders) {
    const std::string what = "open the folder " + folder.host + " (--dir)";
    if (!is_utf8(folder.host) || !is_utf8(folder.guest)) return not_text("the name of a folder (--dir)");
    struct stat info{};
    if (stat(folder.host.c_str(), &info) != 0) {
      return fail(ErrorCode::invalid_input, what, std::strerror(errno),
                  folder.host == "readonly" ? "write --dir GUEST:HOST:readonly, with both folders"
                                            : "name a folder that exists");
    }
    if (!S_ISDIR(info.st_mode)) return fail(ErrorCode::invalid_input, what, "it is not a folder");
    if (!wasi_config_preopen_dir(wasi, folder.host.c_str(), folder.guest.c_str(),
                                 folder.access == Access::read_write)) {
      return fail(ErrorCode::invalid_input, what, "it cannot be opened", "see its permissions");
    }
  }
  return {};
}

// The engine cannot go on without these for what waits for events, and would end the whole process.
Status check_descriptors() {
  constexpr std::size_t needed = 4;
  std::array<UniqueFd, needed> held;
  for (UniqueFd& fd : held) {
    fd = UniqueFd(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!fd) {
      return fail(ErrorCode::unavailable, "start the program", std::strerror(errno),
                  "allow more open files (ulimit -n)");
    }
  }
  return {};
}

Result<WasiPtr> make_wasi(const RunOptions& options) {
  WasiPtr wasi(wasi_config_new());
  std::vector<const char*> arguments{options.program_name.c_str()};
  if (!options.reactor) {
    for (const std::string& argument : options.arguments) arguments.push_back(argument.c_str());
  }
  if (!wasi_config_set_argv(wasi.get(), arguments.size(), arguments.data())) return not_text("an argument");
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : options.environment) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  if (!wasi_config_set_env(wasi.get(), names.size(), names.data(), values.data())) {
    return not_text("a variable (--env)");
  }
  wasi_config_inherit_stdin(wasi.get());
  if (options.standard_output) {
    wasi_config_set_stdout_custom(wasi.get(), LineOutput::write, LineOutput::share(options.standard_output),
                                  LineOutput::finish);
  } else {
    wasi_config_inherit_stdout(wasi.get());
  }
  if (options.standard_error) {
    wasi_config_set_stderr_custom(wasi.get(), LineOutput::write, LineOutput::share(options.standard_error),
                                  LineOutput::finish);
  } else {
    wasi_config_inherit_stderr(wasi.get());
  }
  if (auto status = open_folders(wasi.get(), options.folders); !status)
    return std::unexpected(status.error());
  return wasi;
}

// WASI's own proc_exit, with every exit code of a process: the engine's refuses those above 125.
wasm_trap_t* proc_exit(void* data, wasmtime_caller_t*, const wasmtime_val_t* arguments, std::size_t,
                       wasmtime_val_t*, std::size_t) {
  static_cast<ModuleRun*>(data)->exit_code = arguments[0].of.i32;
  constexpr std::string_view text = "the guest ended";
  return wasmtime_trap_new(text.data(), text.size());
}

// The caller's memory; empty if it has none.
std::span<std::uint8_t> memory_of(wasmtime_caller_t* caller) {
  constexpr std::string_view memory = "memory";
  wasmtime_extern_t found;
  if (!wasmtime_caller_export_get(caller, memory.data(), memory.size(), &found)) return {};
  std::span<std::uint8_t> bytes;
  if (found.kind == WASMTIME_EXTERN_MEMORY) {
    wasmtime_context_t* context = wasmtime_caller_context(caller);
    bytes = {wasmtime_memory_data(context, &found.of.memory),
             wasmtime_memory_data_size(context, &found.of.memory)};
  }
  wasmtime_extern_delete(&found);
  return bytes;
}

// A text in the guest's memory; nothing if it lies outside of it.
std::optional<std::string_view> text_at(std::span<const std::uint8_t> memory, std::int32_t address,
                                        std::int32_t length) {
  const auto start = static_cast<std::uint32_t>(address);
  const auto count = static_cast<std::uint32_t>(length);
  if (start > memory.size() || count > memory.size() - start) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(memory.data()) + start, count);
}

void append_line(std::string& line, std::string_view text) {
  for (const char c : text) line += c == '\n' || c == '\r' ? ' ' : c;
}

// wasi-logging: a level, a context and a message, as one line. The context "stdout" names where it goes, as
// does "stderr"; any other is written before the message.
wasm_trap_t* log_line(void*, wasmtime_caller_t* caller, const wasmtime_val_t* arguments, std::size_t,
                      wasmtime_val_t*, std::size_t) {
  constexpr std::array<std::string_view, 6> levels{"trace", "debug", "info", "warn", "error", "critical"};
  const std::span<const std::uint8_t> memory = memory_of(caller);
  const auto context = text_at(memory, arguments[1].of.i32, arguments[2].of.i32);
  const auto message = text_at(memory, arguments[3].of.i32, arguments[4].of.i32);
  const auto level = static_cast<std::uint32_t>(arguments[0].of.i32);
  if (!context || !message || level >= levels.size()) {
    const std::string_view why =
        level < levels.size() ? "log: a text lies outside of the memory" : "log: there is no such level";
    return wasmtime_trap_new(why.data(), why.size());
  }
  std::string line = "[" + std::string(levels[level]) + "] ";
  const bool to_stdout = *context == "stdout";
  if (!to_stdout && !context->empty() && *context != "stderr") {
    append_line(line, *context);
    line += ": ";
  }
  append_line(line, *message);
  line += '\n';
  static_cast<void>(write_all(to_stdout ? STDOUT_FILENO : STDERR_FILENO, line));
  return nullptr;
}

// Calls a HostFunction. Nothing that it throws gets into the guest's frames.
wasm_trap_t* call_host(void* data, wasmtime_caller_t* caller, const wasmtime_val_t* arguments,
                       std::size_t count, wasmtime_val_t* results, std::size_t) {
  const auto& function = *static_cast<const HostFunction*>(data);
  constexpr std::size_t parameters_max = 16;
  std::array<std::uint32_t, parameters_max> numbers{};
  std::string_view why = "a function of the host takes too many values";
  if (count <= parameters_max) {
    for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<std::uint32_t>(arguments[i].of.i32);
    try {
      results[0].kind = WASMTIME_I32;
      results[0].of.i32 = function.call(memory_of(caller), std::span(numbers).first(count));
      return nullptr;
    } catch (...) {
      why = "a function of the host failed";
    }
  }
  return wasmtime_trap_new(why.data(), why.size());
}

// A function that takes and gives so many i32.
FunctionTypePtr of_i32(std::size_t parameter_count, std::size_t result_count) {
  const auto types = [](std::size_t count) {
    std::vector<wasm_valtype_t*> list(count);
    std::ranges::generate(list, [] { return wasm_valtype_new(WASM_I32); });
    wasm_valtype_vec_t all;
    wasm_valtype_vec_new(&all, list.size(), list.data());
    return all;
  };
  wasm_valtype_vec_t parameters = types(parameter_count);
  wasm_valtype_vec_t results = types(result_count);
  return FunctionTypePtr(wasm_functype_new(&parameters, &results));
}

ErrorPtr define(wasmtime_linker_t* linker, std::string_view module, std::string_view name,
                const FunctionTypePtr& type, wasmtime_func_callback_t callback, void* data) {
  return ErrorPtr(wasmtime_linker_define_func(linker, module.data(), module.size(), name.data(), name.size(),
                                              type.get(), callback, data, nullptr));
}

}  // namespace

Result<StorePtr> make_store(const Program& program, const RunOptions& options) {
  StorePtr store(wasmtime_store_new(program.engine.get(), nullptr, nullptr));
  wasmtime_context_t* context = wasmtime_store_context(store.get());
  auto wasi = make_wasi(options);
  if (!wasi) return std::unexpected(wasi.error());
  ErrorPtr error(wasmtime_context_set_wasi(context, wasi->release()));
  if (!error && program.gas == Gas::counted) {
    error.reset(wasmtime_context_set_fuel(
        context, options.gas_max.value_or(std::numeric_limits<std::uint64_t>::max())));
  }
  if (error) return fail(ErrorCode::internal, "start the program", message_of(std::move(error)));
  if (auto status = check_descriptors(); !status) return std::unexpected(status.error());
  if (options.memory_pages_max) {
    const auto bytes = static_cast<std::int64_t>(std::min(*options.memory_pages_max, pages_max) * page_bytes);
    wasmtime_store_limiter(store.get(), bytes, -1, -1, -1, -1);
  }
  return store;
}

Result<ModuleLinkerPtr> make_module_linker(const Program& program, const RunOptions& options,
                                           ModuleRun& run) {
  ModuleLinkerPtr linker(wasmtime_linker_new(program.engine.get()));
  wasmtime_linker_allow_shadowing(linker.get(), true);
  ErrorPtr error(wasmtime_linker_define_wasi(linker.get()));
  if (!error) error = define(linker.get(), preview1, "proc_exit", of_i32(1, 0), proc_exit, &run);
  for (const std::string_view module : {"logging", "wasi:logging/logging"}) {
    if (!error) error = define(linker.get(), module, "log", of_i32(5, 0), log_line, nullptr);
  }
  for (const HostFunction& function : options.functions) {
    if (error) break;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): passed on as it is, and call_host only reads it
    void* const owner = const_cast<HostFunction*>(&function);
    error = define(linker.get(), function.module, function.name, of_i32(function.parameters, 1), call_host,
                   owner);
  }
  if (error) return fail(ErrorCode::internal, "link WASI", message_of(std::move(error)));
  return linker;
}

Result<RunOutcome> run_program(const Program& program, const RunOptions& options) {
  return program.component ? run_component(program, options) : run_module(program, options);
}

}  // namespace sluice::wasm
