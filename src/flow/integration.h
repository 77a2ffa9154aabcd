// Integrations of an app as providers of their interfaces: each call runs in a fresh instance.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "flow/admission.h"
#include "gate/frame.h"
#include "gate/link.h"
#include "wasm/component.h"

namespace sluice::flow {

// The admissions of all shards, by shard.
using Admissions = std::vector<std::unique_ptr<Admission>>;

// A component of an app with its links, one for each interface that it imports, in the order of its imports.
struct LinkedComponent {
  gate::Subject subject;
  std::shared_ptr<const wasm::Component> component;
  std::vector<gate::Link> links;
};

// Answers a guest's imports over the links of its component.
class LinkHandler : public wasm::ImportHandler {
 public:
  LinkHandler(const std::vector<gate::Link>& links, gate::Frame& frame) : links_(links), frame_(frame) {}
  Task<Result<std::optional<Value>>> call(wasm::ImportRef function, std::vector<Value> arguments) override;

 private:
  const std::vector<gate::Link>& links_;
  gate::Frame& frame_;
};

// One interface that an integration exports. The integration outlives it.
class OfferedInterface : public gate::Provider {
 public:
  // `invalid_input` if the component does not export `interface` (with or without version); lists what it
  // does.
  static Result<std::unique_ptr<OfferedInterface>> make(const LinkedComponent& integration,
                                                        std::string_view interface,
                                                        const Admissions& admissions);

  [[nodiscard]] const std::string& label() const override { return label_; }
  [[nodiscard]] const InterfaceType& type() const override { return type_; }
  Task<Result<std::optional<Value>>> call(gate::Frame& caller, const gate::BoundValues& bound,
                                          std::size_t index, std::vector<Value> arguments) override;

 private:
  OfferedInterface(const LinkedComponent& integration, InterfaceType type, const Admissions& admissions);

  std::string label_;
  const LinkedComponent& integration_;
  InterfaceType type_;
  const Admissions& admissions_;
  std::vector<wasm::Export> exports_;
};

}  // namespace sluice::flow
