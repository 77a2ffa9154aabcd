// A compiled component: what it imports and exports, and how to run it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/task.h"
#include "base/type.h"
#include "base/value.h"
#include "wasm/c_api.h"
#include "wasm/engine.h"

namespace sluice::wasm {

// An imported function that a guest calls: indices into Component::imports() and its functions.
struct ImportRef {
  std::uint32_t interface = 0;
  std::uint32_t function = 0;
};

// Answers a guest's calls. Lives as long as the call it is given to; used on one thread.
class ImportHandler {
 public:
  virtual ~ImportHandler() = default;
  // Gives the function's result (nothing if it has none). An error ends the run with that error.
  virtual Task<Result<std::optional<Value>>> call(ImportRef function, std::vector<Value> arguments) = 0;
};

// What one call of an export used.
struct Usage {
  std::chrono::nanoseconds cpu{0};
  std::uint32_t calls = 0;
};

// An exported function, looked up once.
class Export {
 public:
  [[nodiscard]] const FunctionType& type() const { return *type_; }

 private:
  friend class Component;
  friend class Call;
  const FunctionType* type_ = nullptr;
  wasmtime_component_export_index_t* index_ = nullptr;
};

// Immutable and shared by all threads. The engine must outlive it.
class Component {
 public:
  // Compiles (or takes from the cache), and reads the types. Refuses components whose imports or exports hold
  // what links cannot carry.
  static Result<std::shared_ptr<const Component>> load(Engine& engine, std::string_view bytes,
                                                       std::string name);
  Component(const Component&) = delete;
  Component& operator=(const Component&) = delete;
  ~Component();

  [[nodiscard]] const std::string& name() const { return name_; }
  // Interfaces with at least one function; those that hold only types need no answer and are left out.
  [[nodiscard]] const std::vector<InterfaceType>& imports() const { return imports_; }
  [[nodiscard]] const std::vector<InterfaceType>& exports() const { return exports_; }

  // The exported function of an interface, with or without `@version`. Nothing if there is none.
  [[nodiscard]] std::optional<Export> find_export(std::string_view interface,
                                                  std::string_view function) const;

  // Runs an exported function in a fresh instance, to its end. Its result, or why it has none: a trap, a
  // limit (named), an error of `imports`. Cancelling drops the instance. One slot of the pool is used until
  // then.
  [[nodiscard]] Task<Result<std::optional<Value>>> run(const Export& function, std::vector<Value> arguments,
                                                       ImportHandler& imports, const Limits& limits,
                                                       Usage& usage) const;

 private:
  friend class Call;
  struct ImportSlot {
    ImportRef ref;
    const FunctionType* type;
  };

  Component(Engine& engine, ComponentPtr component, std::string name);
  Status reflect_all(std::string_view bytes);
  Status make_linker();
  Status link_interface(const InterfaceType& interface, std::uint32_t index);

  Engine& engine_;
  ComponentPtr component_;
  std::string name_;
  std::vector<InterfaceType> imports_;
  std::vector<InterfaceType> exports_;
  std::vector<std::vector<ExportIndexPtr>> export_indices_;
  std::vector<std::unique_ptr<ImportSlot>> slots_;
  LinkerPtr linker_;
};

}  // namespace sluice::wasm
