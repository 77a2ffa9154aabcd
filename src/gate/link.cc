#include "gate/link.h"

#include <algorithm>

namespace sluice::gate {

namespace {

std::string function_names(const InterfaceType& type) {
  std::string names;
  for (const FunctionType& function : type.functions) names += (names.empty() ? "" : ", ") + function.name;
  return names;
}

bool is_bindable(const Type& type) {
  switch (type.kind()) {
    case Kind::string:
    case Kind::u8:
    case Kind::u16:
    case Kind::u32:
    case Kind::u64:
    case Kind::s8:
    case Kind::s16:
    case Kind::s32:
    case Kind::s64:
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<Link> Link::make(InterfaceType import, Provider& provider, LinkPolicy policy) {
  Link link(std::move(import), provider, std::move(policy));
  if (link.policy_.functions) {
    for (const std::string& name : *link.policy_.functions) {
      if (provider.type().find(name) == nullptr) {
        return fail(ErrorCode::invalid_input, "link " + link.import_.name + " to " + provider.label(),
                    "`functions` names " + name + ", which the provider does not have",
                    "it has: " + function_names(provider.type()));
      }
    }
  }
  for (const FunctionType& wanted : link.import_.functions) {
    if (auto status = link.plan_function(wanted); !status) return std::unexpected(status.error());
  }
  const auto counts = [](const FunctionPlan& plan) { return plan.tokens.counts(); };
  if (link.policy_.tokens_max && std::ranges::none_of(link.plans_, counts)) {
    return fail(ErrorCode::invalid_input, "link " + link.import_.name + " to " + provider.label(),
                "`budget` names tokens, and no function of the interface tells how many it used",
                "budget `calls`, `bytes` or `seconds`");
  }
  return link;
}

Status Link::plan_function(const FunctionType& wanted) {
  const std::string what = "link " + import_.name + " to " + provider_->label();
  const auto& offered = provider_->type().functions;
  const auto found = std::ranges::find(offered, wanted.name, &FunctionType::name);
  if (found == offered.end()) {
    return fail(ErrorCode::invalid_input, what, "the provider has no function " + wanted.name,
                "it has: " + function_names(provider_->type()));
  }
  if (!(*found == wanted)) {
    return fail(ErrorCode::invalid_input, what,
                "the types of " + wanted.name + " differ:\n  wanted:  " + wanted.to_string() +
                    "\n  offered: " + found->to_string(),
                "build both against the same version of " + std::string(import_.bare_name()));
  }
  FunctionPlan plan{.tokens = TokenMeter(wanted)};
  plan.provider_index = static_cast<std::size_t>(found - offered.begin());
  plan.granted =
      !policy_.functions || std::ranges::find(*policy_.functions, wanted.name) != policy_.functions->end();
  for (const BindRule& rule : policy_.bind) {
    const auto parameter = std::ranges::find(wanted.parameters, rule.parameter, &Parameter::name);
    if (parameter == wanted.parameters.end()) {
      if (!plan.granted) continue;
      // Calls without the parameter could reach what the binding is there to keep out.
      return fail(
          ErrorCode::invalid_input, what,
          "bind names `" + rule.parameter + "`, which " + wanted.name +
              " has no parameter for: " + wanted.to_string(),
          "leave the function out with `functions = […]`, or bind only parameters that all functions have");
    }
    if (!is_bindable(parameter->type)) {
      return fail(ErrorCode::invalid_input, what,
                  "bind names `" + rule.parameter + "` of " + wanted.name + ", which is " +
                      parameter->type.to_string() + ": only texts and integers can be bound");
    }
    plan.bound_parameters.push_back(static_cast<std::size_t>(parameter - wanted.parameters.begin()));
  }
  plans_.push_back(std::move(plan));
  return {};
}

}  // namespace sluice::gate
