// One call of an export in an instance of its own: the only place that drives guest code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wasm/component.h"

namespace sluice::wasm {

// Lives on the stack of the coroutine that runs it; the store points at it. Destroying it in the middle (a
// cancelled run) deletes the future, then the store.
class Call {
 public:
  Call(const Component& component, const Limits& limits, Usage& usage);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call();

  Task<Result<std::optional<Value>>> run(const Export& function, std::vector<Value> arguments,
                                         ImportHandler& imports);

  // The engine calls this on the guest's fiber; `slot` is the Component::ImportSlot.
  static void on_import(void* slot, wasmtime_context_t* context, const wasmtime_component_func_type_t* type,
                        wasmtime_component_val_t* arguments, std::size_t count,
                        wasmtime_component_val_t* results, std::size_t result_count, wasmtime_error_t** error,
                        wasmtime_async_continuation_t* continuation) noexcept;

 private:
  // What the guest waits for, between the callback and the continuation.
  struct Pending {
    const Component::ImportSlot* slot = nullptr;
    std::vector<Value> arguments;
    wasmtime_component_val_t* result_out = nullptr;
    std::optional<wasmtime_component_val_t> answer;  // ours until the continuation hands it over
    bool answered = false;
  };

  static bool on_continue(void* call) noexcept;
  std::optional<std::string> accept(const Component::ImportSlot& slot,
                                    const wasmtime_component_val_t* arguments, std::size_t count);

  // Polls the future to its end, answering the guest's calls on the way.
  Task<Status> drive(ImportHandler& imports);
  bool poll_once();
  Task<Status> answer(ImportHandler& imports);
  Status check_cpu() const;
  Status lower_arguments(const FunctionType& type, const std::vector<Value>& arguments);
  Result<std::optional<Value>> lift_result(const FunctionType& type);
  Error failure(std::string_view doing);

  const Component& component_;
  const Limits& limits_;
  Usage& usage_;
  StorePtr store_;
  std::chrono::nanoseconds thread_cpu_seen_{0};
  std::vector<wasmtime_component_val_t> arguments_;
  wasmtime_component_val_t result_{};
  wasmtime_component_instance_t instance_{};
  wasmtime_error_t* error_ = nullptr;
  std::string refusal_;  // the reason of an error that a callback returned
  Pending pending_;
  FuturePtr future_;  // last: destroyed before the store
};

}  // namespace sluice::wasm
