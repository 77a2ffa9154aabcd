// A link: one import of a component, what answers it, and the policy between them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "base/type.h"
#include "base/value.h"
#include "gate/frame.h"
#include "gate/tokens.h"

namespace sluice::gate {

// What answers calls. Shared by all shards; `call` runs on the caller's.
class Provider {
 public:
  virtual ~Provider() = default;
  // For people, e.g. "integration github", "host log".
  [[nodiscard]] virtual const std::string& label() const = 0;
  [[nodiscard]] virtual const InterfaceType& type() const = 0;
  // Calls function `index` of type(). `bound` are the values that the link fixes, and that narrow what the
  // provider may do on the way out. An error with code `refused` says that policy forbade it.
  virtual Task<Result<std::optional<Value>>> call(Frame& caller, const BoundValues& bound, std::size_t index,
                                                  std::vector<Value> arguments) = 0;
};

struct BindRule {
  std::string parameter;
  std::vector<std::string>
      pointers;  // JSON pointers into the event's data; the first that leads somewhere counts
};

struct LinkPolicy {
  std::vector<BindRule> bind;
  std::optional<std::vector<std::string>> functions;  // absent: all
  std::optional<std::uint64_t> calls_max;
  std::optional<std::uint64_t> bytes_max;
  std::optional<std::uint64_t> seconds_max;
  // Of a language model, prompts and answers together.
  std::optional<std::uint64_t> tokens_max = {};
};

// Prepared once when an app is loaded: types compared, parameters found.
class Link {
 public:
  struct FunctionPlan {
    std::size_t provider_index = 0;
    bool granted = true;
    // For each rule of `bind`, which parameter it fixes.
    std::vector<std::size_t> bound_parameters = {};
    TokenMeter tokens;
  };

  // `import` is what the component wants. Refused where the provider lacks a function, has it with another
  // type (the error shows both), a bound function lacks a bound parameter, or tokens are budgeted that no
  // function tells of.
  static Result<Link> make(InterfaceType import, Provider& provider, LinkPolicy policy);

  [[nodiscard]] const InterfaceType& import() const { return import_; }
  [[nodiscard]] Provider& provider() const { return *provider_; }
  [[nodiscard]] const LinkPolicy& policy() const { return policy_; }
  [[nodiscard]] const FunctionPlan& plan(std::size_t function) const { return plans_[function]; }

 private:
  Link(InterfaceType import, Provider& provider, LinkPolicy policy)
      : import_(std::move(import)), provider_(&provider), policy_(std::move(policy)) {}
  Status plan_function(const FunctionType& wanted);

  InterfaceType import_;
  Provider* provider_;
  LinkPolicy policy_;
  std::vector<FunctionPlan> plans_;
};

}  // namespace sluice::gate
