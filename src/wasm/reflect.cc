#include "wasm/reflect.h"

#include <utility>

#include "wasm/values.h"

namespace sluice::wasm {

namespace {

std::unexpected<Error> cannot(std::string_view item, std::string why) {
  return fail(ErrorCode::invalid_input, "read the type of " + std::string(item), std::move(why));
}

Result<FunctionType> reflect_function(std::string_view name, const wasmtime_component_func_type_t* function) {
  FunctionType out;
  out.name = name;
  if (wasmtime_component_func_type_async(function)) return cannot(name, "async functions do not cross links");
  const std::size_t count = wasmtime_component_func_type_param_count(function);
  for (std::size_t i = 0; i < count; ++i) {
    const char* parameter = nullptr;
    std::size_t length = 0;
    ValType type;
    wasmtime_component_func_type_param_nth(function, i, &parameter, &length, &type);
    auto inner = reflect(type);
    if (!inner)
      return cannot(std::string(name) + ", parameter " + std::string(parameter, length), inner.error().why);
    out.parameters.push_back(Parameter{{parameter, length}, std::move(*inner)});
  }
  ValType type;
  if (wasmtime_component_func_type_result(function, &type)) {
    auto inner = reflect(type);
    if (!inner) return cannot(std::string(name) + ", result", inner.error().why);
    out.result = std::make_shared<const Type>(std::move(*inner));
  }
  return out;
}

Result<InterfaceType> reflect_interface(const wasm_engine_t* engine, std::string_view name,
                                        const wasmtime_component_instance_type_t* instance) {
  InterfaceType out;
  out.name = name;
  const std::size_t count = wasmtime_component_instance_type_export_count(instance, engine);
  for (std::size_t i = 0; i < count; ++i) {
    const char* item_name = nullptr;
    std::size_t length = 0;
    wasmtime_component_extern_t* raw = nullptr;
    wasmtime_component_instance_type_export_nth(instance, engine, i, &item_name, &length, &raw);
    const ExternPtr owner(raw);
    const Item item(raw);
    const std::string_view label(item_name, length);
    if (item.kind == WASMTIME_COMPONENT_ITEM_COMPONENT_FUNC) {
      auto function = reflect_function(label, item.of.component_func);
      if (!function)
        return cannot(std::string(name) + "#" + function.error().what.substr(17), function.error().why);
      out.functions.push_back(std::move(*function));
    } else if (item.kind == WASMTIME_COMPONENT_ITEM_RESOURCE) {
      return cannot(std::string(name) + "#" + std::string(label),
                    "resources do not cross links: only values do");
    } else if (item.kind != WASMTIME_COMPONENT_ITEM_TYPE) {
      return cannot(std::string(name) + "#" + std::string(label), "interfaces hold functions and types only");
    }
  }
  return out;
}

using Nth = bool (*)(const wasmtime_component_type_t*, const wasm_engine_t*, std::size_t, const char**,
                     std::size_t*, wasmtime_component_extern_t**);

enum class Side { imports, exports };

Result<std::vector<InterfaceType>> reflect_side(const wasm_engine_t* engine,
                                                const wasmtime_component_type_t* type, std::size_t count,
                                                Nth nth, Side side) {
  std::vector<InterfaceType> interfaces;
  for (std::size_t i = 0; i < count; ++i) {
    const char* name = nullptr;
    std::size_t length = 0;
    wasmtime_component_extern_t* raw = nullptr;
    nth(type, engine, i, &name, &length, &raw);
    const ExternPtr owner(raw);
    const Item item(raw);
    const std::string_view label(name, length);
    if (item.kind == WASMTIME_COMPONENT_ITEM_COMPONENT_INSTANCE) {
      auto interface = reflect_interface(engine, label, item.of.component_instance);
      if (!interface) return std::unexpected(interface.error());
      if (!interface->functions.empty()) interfaces.push_back(std::move(*interface));
    } else if (item.kind != WASMTIME_COMPONENT_ITEM_TYPE && side == Side::imports) {
      return cannot(label,
                    "a component may import interfaces only, not a bare function, module or component");
    }
  }
  return interfaces;
}

}  // namespace

Result<Signature> reflect_signature(const wasm_engine_t* engine, const wasmtime_component_t* component) {
  const ComponentTypePtr type(wasmtime_component_type(component));
  auto imports = reflect_side(engine, type.get(), wasmtime_component_type_import_count(type.get(), engine),
                              wasmtime_component_type_import_nth, Side::imports);
  if (!imports) return std::unexpected(imports.error());
  auto exports = reflect_side(engine, type.get(), wasmtime_component_type_export_count(type.get(), engine),
                              wasmtime_component_type_export_nth, Side::exports);
  if (!exports) return std::unexpected(exports.error());
  return Signature{std::move(*imports), std::move(*exports)};
}

}  // namespace sluice::wasm
