#include <array>
#include <charconv>
#include <cstdio>

#include "wasm/run_parts.h"
#include "wasm/signatures.h"
#include "wasm/trap.h"

namespace sluice::wasm {

namespace {

constexpr std::string_view given =
    "programs get WASI preview 1, wasi-logging and WASI-NN (wasi_ephemeral_nn); build it for wasm32-wasip1";

std::string_view text_of(const wasm_name_t* name) {
  return {name->data, name->size};
}

// Every import must be answered; those that are not are told all at once.
Status check_imports(const Program& program, wasmtime_linker_t* linker, wasmtime_context_t* context) {
  ImportVec imports;
  wasmtime_module_imports(program.module.get(), &imports);
  std::string missing;
  std::string todo(given);
  std::size_t more = 0;
  for (std::size_t i = 0; i < imports.size; ++i) {
    const std::string_view module = text_of(wasm_importtype_module(imports.data[i]));
    const std::string_view name = text_of(wasm_importtype_name(imports.data[i]));
    wasmtime_extern_t found;
    if (wasmtime_linker_get(linker, context, module.data(), module.size(), name.data(), name.size(),
                            &found)) {
      wasmtime_extern_delete(&found);
      continue;
    }
    if (module == "wasi_unstable") todo = "it was built for WASI's snapshot 0: build it for wasm32-wasip1";
    constexpr std::size_t missing_bytes_max = 400;
    if (missing.size() > missing_bytes_max) {
      ++more;
    } else {
      missing += (missing.empty() ? "" : ", ") + std::string(module) + "." + std::string(name);
    }
  }
  if (missing.empty()) return {};
  if (more > 0) missing += " and " + std::to_string(more) + " more";
  return fail(ErrorCode::invalid_input, "run " + program.name,
              "nothing here answers its import of " + missing, std::move(todo));
}

// Behind `words`, the names of the functions that there are to call.
std::string functions_of(const Program& program, std::string_view words) {
  ExportVec exports;
  wasmtime_module_exports(program.module.get(), &exports);
  std::string names;
  for (std::size_t i = 0; i < exports.size && names.size() < 400; ++i) {
    if (wasm_externtype_kind(wasm_exporttype_type(exports.data[i])) != WASM_EXTERN_FUNC) continue;
    names += (names.empty() ? "" : ", ") + std::string(text_of(wasm_exporttype_name(exports.data[i])));
  }
  return names.empty() ? "it exports no functions" : std::string(words) + names;
}

// An instance, and its functions and memory by name.
class Instance {
 public:
  Instance(wasmtime_context_t* context, wasmtime_instance_t instance)
      : context_(context), instance_(instance) {}

  [[nodiscard]] std::optional<wasmtime_func_t> function(std::string_view name) {
    wasmtime_extern_t found;
    if (!wasmtime_instance_export_get(context_, &instance_, name.data(), name.size(), &found))
      return std::nullopt;
    std::optional<wasmtime_func_t> function;
    if (found.kind == WASMTIME_EXTERN_FUNC) function = found.of.func;
    wasmtime_extern_delete(&found);
    return function;
  }

  [[nodiscard]] std::optional<std::uint64_t> memory_pages() {
    wasmtime_extern_t found;
    if (!wasmtime_instance_export_get(context_, &instance_, "memory", 6, &found)) return std::nullopt;
    std::optional<std::uint64_t> pages;
    if (found.kind == WASMTIME_EXTERN_MEMORY) pages = wasmtime_memory_size(context_, &found.of.memory);
    wasmtime_extern_delete(&found);
    return pages;
  }

  Stop call(const wasmtime_func_t& function, const std::vector<wasmtime_val_t>& arguments,
            std::vector<wasmtime_val_t>& results) {
    wasm_trap_t* trap = nullptr;
    Stop stop;
    stop.error.reset(wasmtime_func_call(context_, &function, arguments.data(), arguments.size(),
                                        results.data(), results.size(), &trap));
    stop.trap.reset(trap);
    return stop;
  }

  [[nodiscard]] FunctionTypePtr type(const wasmtime_func_t& function) {
    return FunctionTypePtr(wasmtime_func_type(context_, &function));
  }

 private:
  wasmtime_context_t* context_;
  wasmtime_instance_t instance_;
};

template <class T>
bool parse(std::string_view text, T& number) {
  const bool plus = text.starts_with('+');
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + (plus ? 1 : 0), end, number);
  return error == std::errc() && stopped == end;
}

// The whole range of the signed and the unsigned type, as both are the same bits.
template <class Signed, class Unsigned>
bool parse_integer(std::string_view text, Signed& out) {
  if (parse(text, out)) return true;
  Unsigned bits = 0;
  if (!parse(text, bits)) return false;
  out = static_cast<Signed>(bits);
  return true;
}

bool parse_value(std::string_view text, wasm_valkind_t kind, wasmtime_val_t& value) {
  value.kind = static_cast<wasmtime_valkind_t>(kind);
  switch (kind) {
    case WASM_I32:
      return parse_integer<std::int32_t, std::uint32_t>(text, value.of.i32);
    case WASM_I64:
      return parse_integer<std::int64_t, std::uint64_t>(text, value.of.i64);
    case WASM_F32:
      return parse(text, value.of.f32);
    case WASM_F64:
      return parse(text, value.of.f64);
    default:
      return false;
  }
}

std::string_view name_of_kind(wasm_valkind_t kind) {
  switch (kind) {
    case WASM_I32:
      return "i32";
    case WASM_I64:
      return "i64";
    case WASM_F32:
      return "f32";
    case WASM_F64:
      return "f64";
    default:
      return "a reference or vector";
  }
}

Result<std::vector<wasmtime_val_t>> parse_arguments(const wasm_functype_t* type, const std::string& name,
                                                    const std::vector<std::string>& texts) {
  const wasm_valtype_vec_t* parameters = wasm_functype_params(type);
  const std::string what = "call " + name;
  if (parameters->size != texts.size()) {
    return fail(ErrorCode::invalid_input, what,
                "it takes " + std::to_string(parameters->size) + " arguments, and " +
                    std::to_string(texts.size()) + " were given");
  }
  std::vector<wasmtime_val_t> values(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const wasm_valkind_t kind = wasm_valtype_kind(parameters->data[i]);
    if (!parse_value(texts[i], kind, values[i])) {
      return fail(ErrorCode::invalid_input, what,
                  "argument " + std::to_string(i + 1) + ", `" + texts[i] + "`, is not " +
                      std::string(name_of_kind(kind)));
    }
  }
  return values;
}

// One result a line, as few digits as read back the same number.
void print(const std::vector<wasmtime_val_t>& values) {
  for (const wasmtime_val_t& value : values) {
    std::array<char, 64> text{};
    char* const end = text.data() + text.size();
    std::to_chars_result done{text.data(), {}};
    switch (value.kind) {
      case WASMTIME_I32:
        done = std::to_chars(text.data(), end, value.of.i32);
        break;
      case WASMTIME_I64:
        done = std::to_chars(text.data(), end, value.of.i64);
        break;
      case WASMTIME_F32:
        done = std::to_chars(text.data(), end, value.of.f32);
        break;
      case WASMTIME_F64:
        done = std::to_chars(text.data(), end, value.of.f64);
        break;
      default:
        continue;
    }
    std::printf("%.*s\n", static_cast<int>(done.ptr - text.data()), text.data());
  }
  std::fflush(stdout);
}

class ModuleCall {
 public:
  ModuleCall(const Program& program, const RunOptions& options) : program_(program), options_(options) {}

  Result<RunOutcome> run() {
    auto store = make_store(program_, options_);
    if (!store) return std::unexpected(store.error());
    wasmtime_context_t* context = wasmtime_store_context(store->get());
    auto linker = make_module_linker(program_, options_, state_);
    if (!linker) return std::unexpected(linker.error());
    if (auto status = check_imports(program_, linker->get(), context); !status) {
      return std::unexpected(status.error());
    }
    wasmtime_instance_t made;
    wasm_trap_t* trap = nullptr;
    Stop stop;
    stop.error.reset(
        wasmtime_linker_instantiate(linker->get(), context, program_.module.get(), &made, &trap));
    stop.trap.reset(trap);
    if (stop.error && !state_.exit_code && !is_memory_limit(stop, options_)) {
      return std::unexpected(cannot_start(program_, std::move(stop.error), given));
    }
    if (stop) return ended(stop, std::nullopt);
    Instance instance(context, made);
    if (!options_.reactor) return call_start(instance);
    return call_reactor(instance, *options_.reactor, options_.arguments);
  }

 private:
  RunOutcome ended(const Stop& stop, std::optional<std::uint64_t> memory_pages) const {
    if (state_.exit_code) return {*state_.exit_code, {}};
    return explain_stop(stop, program_, options_, memory_pages);
  }

  Result<RunOutcome> call_start(Instance& instance) {
    const auto start = instance.function("_start");
    if (!start && !options_.arguments.empty() && instance.function(options_.arguments.front())) {
      // As WasmEdge has it: without a beginning of its own, the first argument names the function.
      const auto rest = options_.arguments.begin() + 1;
      return call_reactor(instance, options_.arguments.front(), {rest, options_.arguments.end()});
    }
    if (!start) {
      return fail(ErrorCode::invalid_input, "run " + program_.name,
                  "it has no function `_start` to begin with",
                  functions_of(program_, "name one with --reactor: "));
    }
    std::vector<wasmtime_val_t> none;
    const Stop stop = instance.call(*start, none, none);
    if (stop) return ended_call(stop, instance);
    return RunOutcome{};
  }

  // A call with the wrong number of values is refused by the engine before anything runs.
  Result<RunOutcome> ended_call(const Stop& stop, Instance& instance) const {
    constexpr std::string_view wrong_arguments = "expected ";
    if (stop.error) {
      ByteVec text;
      wasmtime_error_message(stop.error.get(), &text);
      if (std::string_view(text.data, text.size).starts_with(wrong_arguments)) {
        return fail(ErrorCode::invalid_input, "run " + program_.name,
                    "its `_start` or `_initialize` takes or gives values",
                    "call a function of it with --reactor");
      }
    }
    return ended(stop, instance.memory_pages());
  }

  Result<RunOutcome> call_reactor(Instance& instance, const std::string& name,
                                  const std::vector<std::string>& texts) {
    const auto function = instance.function(name);
    if (!function) {
      return fail(ErrorCode::invalid_input, "run " + program_.name, "it has no function `" + name + "`",
                  functions_of(program_, "it has: "));
    }
    const bool numbers =
        program_.source.empty() ? program_.numbers_only : takes_numbers_only(program_.source, name);
    if (!numbers) {
      return fail(ErrorCode::invalid_input, "call " + name, "it may take or give other values than numbers",
                  program_.source.empty() ? "give the .wasm file itself" : "");
    }
    const FunctionTypePtr type = instance.type(*function);
    const auto arguments = parse_arguments(type.get(), name, texts);
    if (!arguments) return std::unexpected(arguments.error());
    std::vector<wasmtime_val_t> results;
    if (const auto initialize = instance.function("_initialize"); initialize && name != "_initialize") {
      if (const Stop stop = instance.call(*initialize, {}, results)) return ended_call(stop, instance);
    }
    results.resize(wasm_functype_results(type.get())->size);
    if (const Stop stop = instance.call(*function, *arguments, results))
      return ended(stop, instance.memory_pages());
    print(results);
    return RunOutcome{};
  }

  const Program& program_;
  const RunOptions& options_;
  ModuleRun state_;
};

}  // namespace

Result<RunOutcome> run_module(const Program& program, const RunOptions& options) {
  return ModuleCall(program, options).run();
}

}  // namespace sluice::wasm
