#include "wasm/call.h"

#include <ctime>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "wasm/trap.h"
#include "wasm/values.h"

namespace sluice::wasm {

namespace {

std::chrono::nanoseconds thread_cpu() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

constexpr auto short_slice = std::chrono::microseconds(200);

std::int64_t as_signed(std::uint64_t limit) {
  return static_cast<std::int64_t>(limit);
}

}  // namespace

Call::Call(const Component& component, const Limits& limits, Usage& usage)
    : component_(component), limits_(limits), usage_(usage) {
  store_.reset(wasmtime_store_new(component.engine_.get(), this, nullptr));
  wasmtime_context_t* context = wasmtime_store_context(store_.get());
  wasmtime_store_limiter(store_.get(), as_signed(limits.memory_mib << 20U), as_signed(limits.table_elements),
                         as_signed(limits.core_instances), as_signed(limits.tables),
                         as_signed(limits.memories));
  // A guest that spins comes back each tick, so that others run and its CPU time is checked.
  (void)wasmtime_context_epoch_deadline_async_yield_and_update(context, 1);
}

Call::~Call() {
  future_.reset();
  if (pending_.answer) wasmtime_component_val_delete(&*pending_.answer);
  for (auto& argument : arguments_) wasmtime_component_val_delete(&argument);
  wasmtime_component_val_delete(&result_);
  if (error_ != nullptr) wasmtime_error_delete(error_);
}

std::optional<std::string> Call::accept(const Component::ImportSlot& slot,
                                        const wasmtime_component_val_t* arguments, std::size_t count) {
  if (++usage_.calls > limits_.calls) {
    return "it made more than " + std::to_string(limits_.calls) + " calls (limit calls)";
  }
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    bytes += footprint_of(arguments[i], limits_.call_bytes);
    if (bytes > limits_.call_bytes) {
      return "a call of " + slot.type->name + " passed more than " + std::to_string(limits_.call_bytes) +
             " bytes (limit call-bytes)";
    }
  }
  pending_.slot = &slot;
  pending_.answered = false;
  pending_.arguments.clear();
  pending_.arguments.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    pending_.arguments.push_back(lift(arguments[i], slot.type->parameters[i].type));
  }
  return std::nullopt;
}

void Call::on_import(void* slot, wasmtime_context_t* context, const wasmtime_component_func_type_t* /*type*/,
                     wasmtime_component_val_t* arguments, std::size_t count,
                     wasmtime_component_val_t* results, std::size_t /*result_count*/,
                     wasmtime_error_t** error, wasmtime_async_continuation_t* continuation) noexcept {
  Call* self = static_cast<Call*>(wasmtime_context_get_data(context));
  try {
    if (auto refused = self->accept(*static_cast<const Component::ImportSlot*>(slot), arguments, count)) {
      self->refusal_ = std::move(*refused);
      *error = wasmtime_error_new("refused");
      return;
    }
    self->pending_.result_out = results;
    continuation->env = self;
    continuation->callback = on_continue;
    continuation->finalizer = nullptr;
  } catch (...) {
    *error = wasmtime_error_new("out of memory in the host");
  }
}

bool Call::on_continue(void* call) noexcept {
  Pending& pending = static_cast<Call*>(call)->pending_;
  if (!pending.answered) return false;
  if (pending.answer) *pending.result_out = *pending.answer;
  pending.answer.reset();
  pending.answered = false;
  return true;
}

// Asking for the thread's CPU time is a system call: short slices are charged by the wall. A long one may
// have been preempted, and is charged at most what the thread used since the last long one.
bool Call::poll_once() {
  using std::chrono::steady_clock;
  component_.engine_.note_activity();
  const auto before = steady_clock::now();
  const bool done = wasmtime_call_future_poll(future_.get());
  std::chrono::nanoseconds used = steady_clock::now() - before;
  if (used > short_slice) {
    const auto cpu = thread_cpu();
    used = std::min(used, cpu - std::exchange(thread_cpu_seen_, cpu));
  }
  usage_.cpu += used;
  return done;
}

Status Call::check_cpu() const {
  if (usage_.cpu <= std::chrono::milliseconds(limits_.cpu_ms)) return {};
  return fail(ErrorCode::limit, "run " + component_.name(),
              "it used more than " + std::to_string(limits_.cpu_ms) + " ms of CPU time (limit cpu-ms)");
}

Task<Status> Call::answer(ImportHandler& imports) {
  const Component::ImportSlot& slot = *std::exchange(pending_.slot, nullptr);
  std::vector<Value> arguments = std::move(pending_.arguments);
  auto result = co_await imports.call(slot.ref, std::move(arguments));
  if (!result) co_return std::unexpected(std::move(result.error()));
  if (slot.type->result) {
    if (!*result)
      co_return fail(ErrorCode::internal, "answer " + slot.type->name, "the provider gave no result");
    auto lowered = lower(**result, *slot.type->result);
    if (!lowered) co_return std::unexpected(std::move(lowered.error()));
    pending_.answer = *lowered;
  }
  pending_.answered = true;
  co_return Status{};
}

Task<Status> Call::drive(ImportHandler& imports) {
  while (!poll_once()) {
    if (auto status = check_cpu(); !status) co_return status;
    if (pending_.slot != nullptr) {
      Status status = co_await answer(imports);
      if (!status) co_return status;
    } else {
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    }
  }
  future_.reset();
  co_return Status{};
}

Status Call::lower_arguments(const FunctionType& type, const std::vector<Value>& arguments) {
  if (arguments.size() != type.parameters.size()) {
    return fail(ErrorCode::internal, "call " + type.name, "wrong number of arguments");
  }
  arguments_.reserve(arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    auto lowered = lower(arguments[i], type.parameters[i].type);
    if (!lowered) return std::unexpected(lowered.error());
    arguments_.push_back(*lowered);
  }
  return {};
}

Result<std::optional<Value>> Call::lift_result(const FunctionType& type) {
  if (!type.result) return std::nullopt;
  if (footprint_of(result_, limits_.result_bytes) > limits_.result_bytes) {
    return fail(
        ErrorCode::limit, "run " + component_.name(),
        "its result holds more than " + std::to_string(limits_.result_bytes) + " bytes (limit result-bytes)");
  }
  return lift(result_, *type.result);
}

Error Call::failure(std::string_view doing) {
  const std::string message = message_of(ErrorPtr(std::exchange(error_, nullptr)));
  const std::string what = std::string(doing) + " " + component_.name();
  if (!refusal_.empty()) return Error{ErrorCode::limit, what, refusal_, {}};
  return explain_trap(what, message, limits_);
}

Task<Result<std::optional<Value>>> Call::run(const Export& function, std::vector<Value> arguments,
                                             ImportHandler& imports) {
  wasmtime_context_t* context = wasmtime_store_context(store_.get());
  const FunctionType& type = function.type();
  if (auto status = lower_arguments(type, arguments); !status)
    co_return std::unexpected(std::move(status.error()));
  arguments.clear();

  future_.reset(wasmtime_component_linker_instantiate_async(
      component_.linker_.get(), context, component_.component_.get(), &instance_, &error_));
  Status started = co_await drive(imports);
  if (!started) co_return std::unexpected(std::move(started.error()));
  if (error_ != nullptr) co_return std::unexpected(failure("start"));

  wasmtime_component_func_t callee;
  if (!wasmtime_component_instance_get_func(&instance_, context, function.index_, &callee)) {
    co_return fail(ErrorCode::internal, "run " + component_.name(),
                   "its export " + type.name + " is missing");
  }
  result_.kind = WASMTIME_COMPONENT_BOOL;
  future_.reset(wasmtime_component_func_call_async(&callee, context, arguments_.data(), arguments_.size(),
                                                   &result_, type.result ? 1 : 0, &error_));
  Status ended = co_await drive(imports);
  if (!ended) co_return std::unexpected(std::move(ended.error()));
  if (error_ != nullptr) co_return std::unexpected(failure("run"));
  co_return lift_result(type);
}

Task<Result<std::optional<Value>>> Component::run(const Export& function, std::vector<Value> arguments,
                                                  ImportHandler& imports, const Limits& limits,
                                                  Usage& usage) const {
  Call call(*this, limits, usage);
  co_return co_await call.run(function, std::move(arguments), imports);
}

}  // namespace sluice::wasm
