#include "gate/binding.h"

namespace sluice::gate {

namespace {

bool equals(const Value& argument, const BoundValue& bound) {
  if (const auto* text = std::get_if<std::string>(&argument.data()))
    return !bound.is_number && *text == bound.text;
  if (const auto* number = std::get_if<std::uint64_t>(&argument.data())) {
    return bound.is_number && std::to_string(*number) == bound.text;
  }
  if (const auto* number = std::get_if<std::int64_t>(&argument.data())) {
    return bound.is_number && std::to_string(*number) == bound.text;
  }
  return false;
}

}  // namespace

BoundValues bind_values(const LinkPolicy& policy, const Lookup& lookup) {
  BoundValues values;
  for (const BindRule& rule : policy.bind) {
    BoundValue value;
    value.parameter = rule.parameter;
    for (const std::string& pointer : rule.pointers) {
      value.pointers += (value.pointers.empty() ? "" : " or ") + pointer;
      if (value.known) continue;
      if (auto found = lookup(pointer)) {
        value.text = std::move(found->text);
        value.is_number = found->is_number;
        value.known = true;
      }
    }
    values.push_back(std::move(value));
  }
  return values;
}

Status check_bound(const Link& link, std::size_t function, const BoundValues& bound,
                   const std::vector<Value>& arguments) {
  const FunctionType& type = link.import().functions[function];
  const auto& parameters = link.plan(function).bound_parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const BoundValue& value = bound[i];
    if (!value.known) {
      return fail(
          ErrorCode::refused, "call " + type.name,
          "`" + value.parameter + "` is bound to " + value.pointers + ", which this event does not have");
    }
    if (!equals(arguments[parameters[i]], value)) {
      return fail(ErrorCode::refused, "call " + type.name,
                  "`" + value.parameter + "` is bound to " + value.pointers + " of the event, which is " +
                      value.text + "; the call has another value");
    }
  }
  return {};
}

}  // namespace sluice::gate
