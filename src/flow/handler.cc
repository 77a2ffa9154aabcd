#include "flow/handler.h"

#include "host/types.h"

namespace sluice::flow {

namespace {

FunctionType handle_type() {
  using namespace host;
  const Type event = Type::record({member("id", text()), member("source", text()), member("type", text()),
                                   member("subject", Type::option(text())), member("time", text()),
                                   member("data-content-type", text()), member("data", text())});
  const Type failure = Type::variant({member("retry", text()), member("reject", text())});
  return function("handle", {{"event", event}}, result_of(text(), failure));
}

}  // namespace

Result<wasm::Export> find_handler(const wasm::Component& component) {
  const std::string what = "load component " + component.name() + " as a function";
  auto handle = component.find_export(handler_interface, "handle");
  if (!handle) {
    return fail(ErrorCode::invalid_input, what, "it does not export sluice:events/handler with `handle`",
                "export the interface of wit/events.wit");
  }
  const FunctionType wanted = handle_type();
  if (!(handle->type() == wanted)) {
    return fail(ErrorCode::invalid_input, what,
                "the types of `handle` differ:\n  wanted:  " + wanted.to_string() +
                    "\n  exported: " + handle->type().to_string(),
                "build it against this version's wit/events.wit");
  }
  return *handle;
}

std::string_view name_of(RunOutcome::Kind kind) {
  switch (kind) {
    case RunOutcome::Kind::done:
      return "done";
    case RunOutcome::Kind::retry:
      return "retry";
    case RunOutcome::Kind::rejected:
      return "rejected";
    case RunOutcome::Kind::failed:
      break;
  }
  return "failed";
}

RunOutcome to_outcome(Result<std::optional<Value>> result) {
  if (!result) return {RunOutcome::Kind::failed, {}, std::move(result.error())};
  const CaseValue& answer = (*result)->as_case();
  if (answer.index == 0) return {RunOutcome::Kind::done, answer.payload->as_string(), {}};
  const CaseValue& failure = answer.payload->as_case();
  const auto kind = failure.index == 0 ? RunOutcome::Kind::retry : RunOutcome::Kind::rejected;
  return {kind, failure.payload->as_string(), {}};
}

}  // namespace sluice::flow
