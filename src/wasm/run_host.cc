// What a guest is given: WASI with what the options grant, and wasi-logging.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>

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
  wasi_config_inherit_stdout(wasi.get());
  wasi_config_inherit_stderr(wasi.get());
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

// A text in the guest's memory; nothing if it lies outside of it.
std::optional<std::string_view> text_at(wasmtime_caller_t* caller, std::int32_t address,
                                        std::int32_t length) {
  constexpr std::string_view memory = "memory";
  wasmtime_extern_t found;
  if (!wasmtime_caller_export_get(caller, memory.data(), memory.size(), &found)) return std::nullopt;
  std::optional<std::string_view> text;
  if (found.kind == WASMTIME_EXTERN_MEMORY) {
    wasmtime_context_t* context = wasmtime_caller_context(caller);
    const auto* data = reinterpret_cast<const char*>(wasmtime_memory_data(context, &found.of.memory));
    const std::size_t size = wasmtime_memory_data_size(context, &found.of.memory);
    const auto start = static_cast<std::uint32_t>(address);
    const auto count = static_cast<std::uint32_t>(length);
    if (start <= size && count <= size - start) text.emplace(data + start, count);
  }
  wasmtime_extern_delete(&found);
  return text;
}

void append_line(std::string& line, std::string_view text) {
  for (const char c : text) line += c == '\n' || c == '\r' ? ' ' : c;
}

// wasi-logging: a level, a context and a message, as one line. The context "stdout" names where it goes, as
// does "stderr"; any other is written before the message.
wasm_trap_t* log_line(void*, wasmtime_caller_t* caller, const wasmtime_val_t* arguments, std::size_t,
                      wasmtime_val_t*, std::size_t) {
  constexpr std::array<std::string_view, 6> levels{"trace", "debug", "info", "warn", "error", "critical"};
  const auto context = text_at(caller, arguments[1].of.i32, arguments[2].of.i32);
  const auto message = text_at(caller, arguments[3].of.i32, arguments[4].of.i32);
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
  for (std::string_view left = line; !left.empty();) {
    const ssize_t written = write(to_stdout ? STDOUT_FILENO : STDERR_FILENO, left.data(), left.size());
    if (written < 0 && errno != EINTR) break;
    if (written > 0) left.remove_prefix(static_cast<std::size_t>(written));
  }
  return nullptr;
}

// A function without results that takes `count` i32.
FunctionTypePtr takes_i32(std::size_t count) {
  std::vector<wasm_valtype_t*> list(count);
  std::ranges::generate(list, [] { return wasm_valtype_new(WASM_I32); });
  wasm_valtype_vec_t parameters;
  wasm_valtype_vec_t results;
  wasm_valtype_vec_new(&parameters, list.size(), list.data());
  wasm_valtype_vec_new_empty(&results);
  return FunctionTypePtr(wasm_functype_new(&parameters, &results));
}

ErrorPtr define(wasmtime_linker_t* linker, std::string_view module, std::string_view name,
                std::size_t parameters, wasmtime_func_callback_t callback, void* data) {
  const FunctionTypePtr type = takes_i32(parameters);
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
  if (options.memory_pages_max) {
    const auto bytes = static_cast<std::int64_t>(std::min(*options.memory_pages_max, pages_max) * page_bytes);
    wasmtime_store_limiter(store.get(), bytes, -1, -1, -1, -1);
  }
  return store;
}

Result<ModuleLinkerPtr> make_module_linker(const Program& program, ModuleRun& run) {
  ModuleLinkerPtr linker(wasmtime_linker_new(program.engine.get()));
  wasmtime_linker_allow_shadowing(linker.get(), true);
  ErrorPtr error(wasmtime_linker_define_wasi(linker.get()));
  if (!error) error = define(linker.get(), preview1, "proc_exit", 1, proc_exit, &run);
  for (const std::string_view module : {"logging", "wasi:logging/logging"}) {
    if (!error) error = define(linker.get(), module, "log", 5, log_line, nullptr);
  }
  if (error) return fail(ErrorCode::internal, "link WASI", message_of(std::move(error)));
  return linker;
}

Result<RunOutcome> run_program(const Program& program, const RunOptions& options) {
  return program.component ? run_component(program, options) : run_module(program, options);
}

}  // namespace sluice::wasm
