#include "wasm/program.h"

#include <algorithm>

#include "base/files.h"
#include "base/hash.h"
#include "wasm/code_identity.h"
#include "wasm/guest_stack.h"
#include "wasm/program_file.h"
#include "wasm/signatures.h"
#include "wasm/trap.h"

namespace sluice::wasm {

namespace {

constexpr std::size_t file_bytes_max = 512U << 20;
// Part of the identity of compiled code: everything in `configure` that changes it, but counting.
constexpr std::string_view settings_version = "run-1";

// Beside the guest's, on the stacks of fibers.
constexpr std::size_t host_stack_bytes = 1U << 20;

EnginePtr make_engine(Gas gas) {
  ConfigPtr config(wasm_config_new());
  wasmtime_config_wasm_component_model_set(config.get(), true);
  wasmtime_config_concurrency_support_set(config.get(), false);
  wasmtime_config_consume_fuel_set(config.get(), gas == Gas::counted);
  wasmtime_config_wasm_tail_call_set(config.get(), true);
  wasmtime_config_wasm_relaxed_simd_set(config.get(), true);
  wasmtime_config_wasm_multi_memory_set(config.get(), true);
  wasmtime_config_wasm_memory64_set(config.get(), true);
  wasmtime_config_wasm_reference_types_set(config.get(), true);
  wasmtime_config_wasm_function_references_set(config.get(), true);
  wasmtime_config_wasm_gc_set(config.get(), true);
  wasmtime_config_wasm_exceptions_set(config.get(), true);
  wasmtime_config_wasm_threads_set(config.get(), false);
  wasmtime_config_shared_memory_set(config.get(), false);
  // Only debuggers and profilers would read it.
  wasmtime_config_native_unwind_info_set(config.get(), false);
  const std::size_t stack = guest_stack_bytes();
  wasmtime_config_async_stack_size_set(config.get(), stack + host_stack_bytes);
  wasmtime_config_max_wasm_stack_set(config.get(), stack);
  return EnginePtr(wasm_engine_new_with_config(config.release()));
}

CodeIdentity identity() {
  return {std::string(engine_version), cpu_features(), std::string(settings_version)};
}

std::string cache_name(std::string_view bytes, Gas gas) {
  const CodeIdentity mine = identity();
  return sha256_hex(mine.engine + "\n" + mine.settings + (gas == Gas::counted ? "+gas\n" : "\n") + mine.cpu +
                    "\n" + sha256_hex(bytes));
}

// Takes what is compiled already: from the cache, or from a compiled file whose signature was checked.
ErrorPtr take(Program& program, FileKind kind, std::string_view code) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(code.data());
  if (kind == FileKind::component) {
    wasmtime_component_t* out = nullptr;
    ErrorPtr error(wasmtime_component_deserialize(program.engine.get(), data, code.size(), &out));
    program.component.reset(out);
    return error;
  }
  wasmtime_module_t* out = nullptr;
  ErrorPtr error(wasmtime_module_deserialize(program.engine.get(), data, code.size(), &out));
  program.module.reset(out);
  return error;
}

Status compile(Program& program, FileKind kind, std::string_view bytes) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  ErrorPtr error;
  if (kind == FileKind::component) {
    wasmtime_component_t* out = nullptr;
    error.reset(wasmtime_component_new(program.engine.get(), data, bytes.size(), &out));
    program.component.reset(error ? nullptr : out);
  } else {
    wasmtime_module_t* out = nullptr;
    error.reset(wasmtime_module_new(program.engine.get(), data, bytes.size(), &out));
    program.module.reset(error ? nullptr : out);
  }
  if (!error) return {};
  return fail(ErrorCode::invalid_input, "load " + program.name, in_one_sentence(message_of(std::move(error))),
              "the file is damaged, or uses what this engine doesn't know");
}

Status serialize(const Program& program, ByteVec& out) {
  ErrorPtr error(program.component ? wasmtime_component_serialize(program.component.get(), &out)
                                   : wasmtime_module_serialize(program.module.get(), &out));
  if (!error) return {};
  return fail(ErrorCode::internal, "keep the code of " + program.name, message_of(std::move(error)));
}

Result<std::string> binary_of(std::string bytes, const std::string& name) {
  if (kind_of(bytes) == FileKind::other) {
    return fail(ErrorCode::invalid_input, "load " + name, describe_other(bytes),
                "give a WebAssembly module or component (.wasm)");
  }
  if (kind_of(bytes) != FileKind::text) return bytes;
  ByteVec binary;
  if (ErrorPtr error{wasmtime_wat2wasm(bytes.data(), bytes.size(), &binary)}) {
    return fail(ErrorCode::invalid_input, "read " + name + " as WebAssembly text",
                in_one_sentence(message_of(std::move(error))));
  }
  return std::string(binary.data, binary.size);
}

Result<std::string> read_program(const std::filesystem::path& file) {
  auto bytes = read_file(file, file_bytes_max);
  if (!bytes) {
    Error error = std::move(bytes.error());
    if (error.todo.empty()) error.todo = "give a WebAssembly module or component (.wasm)";
    return std::unexpected(std::move(error));
  }
  return binary_of(std::move(*bytes), file.string());
}

Result<Program> load_compiled(Program program, std::string_view bytes, Gas gas,
                              const std::optional<Cache>& cache) {
  const std::string what = "load compiled code " + program.name;
  if (!cache) {
    return fail(ErrorCode::unavailable, what, "there is no key to check its signature with",
                "name a folder in SLUICE_CACHE, or run the .wasm file itself");
  }
  auto unpacked = unpack_compiled(bytes, identity(), *cache, program.name);
  if (!unpacked) return std::unexpected(unpacked.error());
  if (gas == Gas::counted && !unpacked->counts_gas) {
    return fail(ErrorCode::invalid_input, what, "it was compiled without counting instructions",
                "compile it with --gas to run it with --gas-limit");
  }
  program.numbers_only = unpacked->numbers_only;
  program.gas = unpacked->counts_gas ? Gas::counted : Gas::uncounted;
  program.engine = make_engine(program.gas);
  if (ErrorPtr error = take(program, unpacked->kind, unpacked->code)) {
    return fail(ErrorCode::corrupt, what, in_one_sentence(message_of(std::move(error))), "compile it again");
  }
  return program;
}

}  // namespace

Result<Program> load_program(const std::filesystem::path& file, Gas gas, const std::optional<Cache>& cache) {
  auto bytes = read_program(file);
  if (!bytes) return std::unexpected(bytes.error());
  Program program;
  program.name = file.string();
  program.gas = gas;
  const FileKind kind = kind_of(*bytes);
  if (kind == FileKind::compiled) return load_compiled(std::move(program), *bytes, gas, cache);
  program.engine = make_engine(gas);
  std::string entry;
  if (cache) {
    entry = cache_name(*bytes, gas);
    if (const auto kept = cache->get(entry); kept && !take(program, kind, *kept)) {
      program.source = std::move(*bytes);
      return program;
    }
  }
  if (auto status = compile(program, kind, *bytes); !status) return std::unexpected(status.error());
  program.source = std::move(*bytes);
  ByteVec code;
  if (cache && serialize(program, code)) {
    // A cache that cannot be written costs time, nothing else.
    [[maybe_unused]] const auto kept = cache->put(entry, {code.data, code.size});
  }
  return program;
}

bool imports_from(const Program& program, std::string_view name) {
  if (!program.module) return false;
  ImportVec imports;
  wasmtime_module_imports(program.module.get(), &imports);
  return std::any_of(imports.data, imports.data + imports.size, [&](const wasm_importtype_t* import) {
    const wasm_name_t* const module = wasm_importtype_module(import);
    return std::string_view(module->data, module->size) == name;
  });
}

Result<std::string> compile_program(const std::filesystem::path& file, Gas gas, const Cache& cache) {
  auto bytes = read_program(file);
  if (!bytes) return std::unexpected(bytes.error());
  const FileKind kind = kind_of(*bytes);
  if (kind == FileKind::compiled) {
    return fail(ErrorCode::invalid_input, "compile " + file.string(), "it is compiled code already",
                "give the .wasm file");
  }
  Program program;
  program.name = file.string();
  program.engine = make_engine(gas);
  if (auto status = compile(program, kind, *bytes); !status) return std::unexpected(status.error());
  ByteVec code;
  if (auto status = serialize(program, code); !status) return std::unexpected(status.error());
  const bool numbers_only = kind == FileKind::module && all_take_numbers_only(*bytes);
  return pack_compiled({identity(), gas == Gas::counted, numbers_only, kind, {code.data, code.size}}, cache);
}

}  // namespace sluice::wasm
