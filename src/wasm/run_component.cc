#include "wasm/run_parts.h"
#include "wasm/trap.h"

namespace sluice::wasm {

namespace {

constexpr std::string_view command_interface = "wasi:cli/run@0.2.";

constexpr std::string_view given =
    "commands get WASI 0.2 (cli, io, clocks, filesystem, random); links to more are made by an app's "
    "sluice.toml";

using Nth = bool (*)(const wasmtime_component_type_t*, const wasm_engine_t*, std::size_t, const char**,
                     std::size_t*, wasmtime_component_extern_t**);

std::vector<std::string> names(const Program& program, std::size_t count, Nth nth,
                               const wasmtime_component_type_t* type) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < count; ++i) {
    const char* name = nullptr;
    std::size_t length = 0;
    wasmtime_component_extern_t* item = nullptr;
    nth(type, program.engine.get(), i, &name, &length, &item);
    const ExternPtr owner(item);
    found.emplace_back(name, length);
  }
  return found;
}

std::string joined(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& item : list) text += (text.empty() ? "" : ", ") + item;
  return text.empty() ? "nothing" : text;
}

// Which interface to call. Imports that nothing here answers are told all at once.
Result<std::string> find_command(const Program& program) {
  const ComponentTypePtr type(wasmtime_component_type(program.component.get()));
  wasm_engine_t* engine = program.engine.get();
  const auto exports = names(program, wasmtime_component_type_export_count(type.get(), engine),
                             wasmtime_component_type_export_nth, type.get());
  const std::string what = "run " + program.name;
  std::string command;
  for (const std::string& name : exports) {
    if (name.starts_with(command_interface)) command = name;
  }
  if (command.empty()) {
    return fail(
        ErrorCode::invalid_input, what,
        "it is a component, but not a command: it exports " + joined(exports) + " and not wasi:cli/run",
        "a function of an app is run by `sluice invoke`");
  }
  const auto imports = names(program, wasmtime_component_type_import_count(type.get(), engine),
                             wasmtime_component_type_import_nth, type.get());
  std::vector<std::string> strange;
  for (const std::string& name : imports) {
    const bool known = name.starts_with("wasi:cli/") || name.starts_with("wasi:io/") ||
                       name.starts_with("wasi:clocks/") || name.starts_with("wasi:filesystem/") ||
                       name.starts_with("wasi:random/") || name.starts_with("wasi:sockets/");
    if (!known) strange.push_back(name);
  }
  if (!strange.empty()) {
    return fail(ErrorCode::invalid_input, what, "nothing here answers its import of " + joined(strange),
                std::string(given));
  }
  return command;
}

}  // namespace

Result<RunOutcome> run_component(const Program& program, const RunOptions& options) {
  const std::string what = "run " + program.name;
  if (options.reactor) {
    return fail(ErrorCode::invalid_input, what, "it is a component, and --reactor is for core modules",
                "run a command component without it");
  }
  const auto command = find_command(program);
  if (!command) return std::unexpected(command.error());
  auto store = make_store(program, options);
  if (!store) return std::unexpected(store.error());
  wasmtime_context_t* context = wasmtime_store_context(store->get());
  const LinkerPtr linker(wasmtime_component_linker_new(program.engine.get()));
  if (ErrorPtr error{wasmtime_component_linker_add_wasip2(linker.get())}) {
    return fail(ErrorCode::internal, "link WASI", message_of(std::move(error)));
  }
  wasmtime_component_instance_t instance;
  Stop stop;
  stop.error.reset(
      wasmtime_component_linker_instantiate(linker.get(), context, program.component.get(), &instance));
  if (stop) {
    FrameVec frames;
    wasmtime_error_wasm_trace(stop.error.get(), &frames);
    int status = 0;
    const bool ran = frames.size > 0 || wasmtime_error_exit_status(stop.error.get(), &status);
    if (ran || is_memory_limit(stop, options)) return explain_stop(stop, program, options, std::nullopt);
    return std::unexpected(cannot_start(program, std::move(stop.error), given));
  }
  const ExportIndexPtr interface(wasmtime_component_get_export_index(program.component.get(), nullptr,
                                                                     command->data(), command->size()));
  const ExportIndexPtr function(
      wasmtime_component_get_export_index(program.component.get(), interface.get(), "run", 3));
  wasmtime_component_func_t run;
  if (!function || !wasmtime_component_instance_get_func(&instance, context, function.get(), &run)) {
    return fail(ErrorCode::invalid_input, what, *command + " has no function `run`");
  }
  wasmtime_component_val_t result{};
  result.kind = WASMTIME_COMPONENT_BOOL;
  stop.error.reset(wasmtime_component_func_call(&run, context, nullptr, 0, &result, 1));
  if (stop) return explain_stop(stop, program, options, std::nullopt);
  const bool good = result.kind == WASMTIME_COMPONENT_RESULT && result.of.result.is_ok;
  wasmtime_component_val_delete(&result);
  return RunOutcome{good ? 0 : 1, {}};
}

}  // namespace sluice::wasm
