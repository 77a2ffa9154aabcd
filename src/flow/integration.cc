#include "flow/integration.h"

#include <utility>

#include "gate/gate.h"

namespace sluice::flow {

Task<Result<std::optional<Value>>> LinkHandler::call(wasm::ImportRef function, std::vector<Value> arguments) {
  return gate::pass(frame_, links_[function.interface], function.function, std::move(arguments));
}

Result<std::unique_ptr<OfferedInterface>> OfferedInterface::make(const LinkedComponent& integration,
                                                                 std::string_view interface,
                                                                 const Admissions& admissions) {
  std::string offered;
  for (const InterfaceType& one : integration.component->exports()) {
    if (one.name == interface || one.bare_name() == interface) {
      return std::unique_ptr<OfferedInterface>(new OfferedInterface(integration, one, admissions));
    }
    offered += (offered.empty() ? "" : ", ") + one.name;
  }
  return fail(ErrorCode::invalid_input, "link to integration " + integration.subject.name,
              "its component does not export " + std::string(interface),
              offered.empty() ? "it exports nothing" : "it exports " + offered);
}

OfferedInterface::OfferedInterface(const LinkedComponent& integration, InterfaceType type,
                                   const Admissions& admissions)
    : label_("integration " + integration.subject.name),
      integration_(integration),
      type_(std::move(type)),
      admissions_(admissions) {
  for (const FunctionType& function : type_.functions) {
    exports_.push_back(*integration.component->find_export(type_.name, function.name));
  }
}

Task<Result<std::optional<Value>>> OfferedInterface::call(gate::Frame& caller, const gate::BoundValues& bound,
                                                          std::size_t index, std::vector<Value> arguments) {
  gate::Frame frame{caller.run, integration_.subject, bound, caller.depth + 1};
  auto slot = co_await admissions_[caller.run.shard]->take(frame.depth);
  if (!slot) co_return std::unexpected(std::move(slot.error()));
  LinkHandler imports(integration_.links, frame);
  wasm::Usage usage;
  auto result = co_await integration_.component->run(exports_[index], std::move(arguments), imports,
                                                     integration_.subject.limits, usage);
  // A broken integration is the caller's trouble only as far as it gets no answer.
  if (!result && result.error().code == ErrorCode::trap) result.error().code = ErrorCode::unavailable;
  co_return result;
}

}  // namespace sluice::flow
