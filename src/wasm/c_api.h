// The contract with wasmtime's C API (50.0.1), in one place. Everything in this layer leans on these points,
// and contract_test.cc tries each of them:
//
//  1. A host callback's arguments are freed when the callback returns: they are moved out at once.
//  2. Callbacks, continuations and finalizers run on the guest's fiber stack (small): they copy and return.
//  Nothing
//     deep happens there, and nothing that resumes a coroutine.
//  3. No C++ exception may cross: each callback catches everything.
//  4. An error can be returned only before the call suspends. A later failure is kept beside the call; the
//  future is
//     deleted, then the store (the other order aborts), and the store is never used again.
//  5. Dropping a suspended future is safe.
//  6. A string from the host that is not UTF-8 aborts the process: `lower` is the one place that checks.
//  7. A future may be polled from another thread than before, by one thread at a time.
//  8. The store's limiter counts each memory alone: the numbers of memories, tables and core instances are
//  capped by
//     the pool.
//  9. One call can make the host hold 128 MiB: the size of arguments is checked before they are kept.
// 10. What wasmtime_context_epoch_deadline_async_yield_and_update returns is not an error, whatever its
// declaration says:
//     it must not be looked at.
#pragma once

#include <wasi.h>
#include <wasm.h>
#include <wasmtime.h>
#include <wasmtime/component.h>

#include <memory>
#include <string>
#include <string_view>

namespace sluice::wasm {

template <auto Delete>
struct Deleter {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Delete(pointer);
  }
};

using ConfigPtr = std::unique_ptr<wasm_config_t, Deleter<wasm_config_delete>>;
using EnginePtr = std::unique_ptr<wasm_engine_t, Deleter<wasm_engine_delete>>;
using StorePtr = std::unique_ptr<wasmtime_store_t, Deleter<wasmtime_store_delete>>;
using FuturePtr = std::unique_ptr<wasmtime_call_future_t, Deleter<wasmtime_call_future_delete>>;
using ErrorPtr = std::unique_ptr<wasmtime_error_t, Deleter<wasmtime_error_delete>>;
using ModulePtr = std::unique_ptr<wasmtime_module_t, Deleter<wasmtime_module_delete>>;
using ModuleLinkerPtr = std::unique_ptr<wasmtime_linker_t, Deleter<wasmtime_linker_delete>>;
using TrapPtr = std::unique_ptr<wasm_trap_t, Deleter<wasm_trap_delete>>;
using WasiPtr = std::unique_ptr<wasi_config_t, Deleter<wasi_config_delete>>;
using FunctionTypePtr = std::unique_ptr<wasm_functype_t, Deleter<wasm_functype_delete>>;
using ComponentPtr = std::unique_ptr<wasmtime_component_t, Deleter<wasmtime_component_delete>>;
using ComponentTypePtr = std::unique_ptr<wasmtime_component_type_t, Deleter<wasmtime_component_type_delete>>;
using ExternPtr = std::unique_ptr<wasmtime_component_extern_t, Deleter<wasmtime_component_extern_delete>>;
using LinkerPtr = std::unique_ptr<wasmtime_component_linker_t, Deleter<wasmtime_component_linker_delete>>;
using LinkerInstancePtr =
    std::unique_ptr<wasmtime_component_linker_instance_t, Deleter<wasmtime_component_linker_instance_delete>>;
using ExportIndexPtr =
    std::unique_ptr<wasmtime_component_export_index_t, Deleter<wasmtime_component_export_index_delete>>;
using PoolingConfigPtr =
    std::unique_ptr<wasmtime_pooling_allocation_config_t, Deleter<wasmtime_pooling_allocation_config_delete>>;

// Owns the items that reflection hands out by value.
struct Item : wasmtime_component_item_t {
  explicit Item(const wasmtime_component_extern_t* source) { wasmtime_component_extern_type(source, this); }
  Item(const Item&) = delete;
  Item& operator=(const Item&) = delete;
  ~Item() { wasmtime_component_item_delete(this); }
};

// Owns a vector of the C API.
template <class T, auto Delete>
struct Vec : T {
  Vec() : T{} {}
  Vec(const Vec&) = delete;
  Vec& operator=(const Vec&) = delete;
  ~Vec() { Delete(this); }
};
using ByteVec = Vec<wasm_byte_vec_t, wasm_byte_vec_delete>;
using FrameVec = Vec<wasm_frame_vec_t, wasm_frame_vec_delete>;
using ImportVec = Vec<wasm_importtype_vec_t, wasm_importtype_vec_delete>;
using ExportVec = Vec<wasm_exporttype_vec_t, wasm_exporttype_vec_delete>;

struct ValType : wasmtime_component_valtype_t {
  ValType() : wasmtime_component_valtype_t{} {}
  ValType(const ValType&) = delete;
  ValType& operator=(const ValType&) = delete;
  ~ValType() { wasmtime_component_valtype_delete(this); }
};

// Takes the error. Its whole message: causes and backtrace, as wasmtime writes them.
[[nodiscard]] inline std::string message_of(ErrorPtr error) {
  wasm_name_t text;
  wasmtime_error_message(error.get(), &text);
  std::string copy(text.data, text.size);
  wasm_byte_vec_delete(&text);
  return copy;
}

}  // namespace sluice::wasm
