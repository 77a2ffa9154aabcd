#include "wasm/component.h"

#include <utility>

#include "wasm/call.h"
#include "wasm/docs.h"
#include "wasm/reflect.h"

namespace sluice::wasm {

Component::Component(Engine& engine, ComponentPtr component, std::string name)
    : engine_(engine), component_(std::move(component)), name_(std::move(name)) {}

Component::~Component() = default;

Result<std::shared_ptr<const Component>> Component::load(Engine& engine, std::string_view bytes,
                                                         std::string name) {
  auto compiled = engine.compile(bytes, name);
  if (!compiled) return std::unexpected(compiled.error());
  auto component = std::shared_ptr<Component>(new Component(engine, std::move(*compiled), std::move(name)));
  if (auto status = component->reflect_all(bytes); !status) return std::unexpected(status.error());
  if (auto status = component->make_linker(); !status) return std::unexpected(status.error());
  return component;
}

Status Component::reflect_all(std::string_view bytes) {
  auto signature = reflect_signature(engine_.get(), component_.get());
  if (!signature) {
    Error error = std::move(signature.error());
    error.what = "load component " + name_ + ": " + error.what;
    return std::unexpected(std::move(error));
  }
  imports_ = std::move(signature->imports);
  exports_ = std::move(signature->exports);
  add_docs(bytes, imports_);
  add_docs(bytes, exports_);
  for (const InterfaceType& interface : exports_) {
    const ExportIndexPtr outer(wasmtime_component_get_export_index(
        component_.get(), nullptr, interface.name.data(), interface.name.size()));
    auto& indices = export_indices_.emplace_back();
    for (const FunctionType& function : interface.functions) {
      indices.emplace_back(wasmtime_component_get_export_index(component_.get(), outer.get(),
                                                               function.name.data(), function.name.size()));
    }
  }
  return {};
}

Status Component::make_linker() {
  linker_.reset(wasmtime_component_linker_new(engine_.get()));
  for (std::uint32_t i = 0; i < imports_.size(); ++i) {
    if (auto status = link_interface(imports_[i], i); !status) return status;
  }
  return {};
}

Status Component::link_interface(const InterfaceType& interface, std::uint32_t index) {
  const LinkerInstancePtr root(wasmtime_component_linker_root(linker_.get()));
  wasmtime_component_linker_instance_t* raw = nullptr;
  ErrorPtr error(wasmtime_component_linker_instance_add_instance(root.get(), interface.name.data(),
                                                                 interface.name.size(), &raw));
  const LinkerInstancePtr instance(raw);
  for (std::uint32_t i = 0; i < interface.functions.size() && !error; ++i) {
    const FunctionType& function = interface.functions[i];
    slots_.push_back(std::make_unique<ImportSlot>(ImportSlot{ImportRef{index, i}, &function}));
    error.reset(wasmtime_component_linker_instance_add_func_async(instance.get(), function.name.data(),
                                                                  function.name.size(), Call::on_import,
                                                                  slots_.back().get(), nullptr));
  }
  if (error) return fail(ErrorCode::internal, "link " + interface.name, message_of(std::move(error)));
  return {};
}

std::optional<Export> Component::find_export(std::string_view interface, std::string_view function) const {
  for (std::size_t i = 0; i < exports_.size(); ++i) {
    if (exports_[i].name != interface && exports_[i].bare_name() != interface) continue;
    for (std::size_t j = 0; j < exports_[i].functions.size(); ++j) {
      if (exports_[i].functions[j].name != function) continue;
      Export found;
      found.type_ = &exports_[i].functions[j];
      found.index_ = export_indices_[i][j].get();
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace sluice::wasm
