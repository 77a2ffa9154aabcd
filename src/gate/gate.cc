#include "gate/gate.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/value_json.h"
#include "gate/binding.h"
#include "gate/record.h"
#include "gate/redact.h"
#include "gate/refusal.h"

namespace sluice::gate {

namespace {

using SteadyClock = std::chrono::steady_clock;

Status check_budget(const Link& link, const LinkUse& use, std::size_t bytes, const std::string& function) {
  const LinkPolicy& policy = link.policy();
  const auto over = [&](std::string_view name, std::uint64_t most) {
    return fail(ErrorCode::limit, "call " + function,
                "the budget of the link " + link.import().name + " is used up: " + std::string(name) + " = " +
                    std::to_string(most));
  };
  if (policy.calls_max && use.calls >= *policy.calls_max) return over("calls", *policy.calls_max);
  if (policy.bytes_max && use.bytes + bytes > *policy.bytes_max) return over("bytes", *policy.bytes_max);
  if (policy.seconds_max && use.time >= std::chrono::seconds(*policy.seconds_max)) {
    return over("seconds", *policy.seconds_max);
  }
  if (policy.tokens_max && use.tokens.total() >= *policy.tokens_max)
    return over("tokens", *policy.tokens_max);
  return {};
}

// A prompt that would pass the budget by itself is not sent.
Status check_prompt(const Link& link, const LinkUse& use, std::size_t function,
                    const std::vector<Value>& arguments) {
  const auto most = link.policy().tokens_max;
  if (!most || !link.plan(function).tokens.counts()) return {};
  const std::uint64_t left = *most - use.tokens.total();
  const std::uint64_t prompt = TokenMeter::estimate(arguments);
  if (prompt <= left) return {};
  return fail(ErrorCode::limit, "call " + link.import().functions[function].name,
              "the budget of the link " + link.import().name +
                  " has no room for the prompt: tokens = " + std::to_string(*most) + ", " +
                  std::to_string(left) + " are left, and its texts have about " + std::to_string(prompt));
}

const BoundValues& bound_of(const RunState& run, const Link& link) {
  static const BoundValues nothing;
  const auto found = run.bound.find(&link);
  return found == run.bound.end() ? nothing : found->second;
}

std::string arguments_json(const FunctionType& type, const std::vector<Value>& arguments) {
  std::string text = "{";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    text += (i == 0 ? "\"" : ",\"") + type.parameters[i].name + "\":";
    text += to_json(arguments[i], type.parameters[i].type);
  }
  return text + "}";
}

// Writes one call's record, if anybody listens.
class Recorder {
 public:
  Recorder(Frame& caller, const Link& link, const FunctionType& type, const std::vector<Value>& arguments)
      : run_(caller.run), type_(type) {
    record_.call = run_.next_call++;
    if (run_.sink == nullptr) return;
    record_.run = run_.id;
    record_.app = caller.subject.app;
    record_.caller =
        (caller.subject.kind == Subject::Kind::function ? "function " : "integration ") + caller.subject.name;
    record_.interface = link.import().name;
    record_.function = type.name;
    record_.to = link.provider().label();
    record_.arguments = run_.redactor->cut(arguments_json(type, arguments));
    record_.began = run_.clock->now();
  }

  // The error ends the run, whatever the function's type: a guest that went on would be recorded on and on.
  Status begin() {
    if (run_.sink == nullptr) return {};
    const std::uint64_t bytes_max = run_.function->limits.record_bytes;
    run_.record_bytes += record_.arguments.size();
    if (run_.record_bytes <= bytes_max) {
      run_.sink->begin(record_);
      return {};
    }
    record_.arguments.clear();
    run_.sink->begin(record_);
    Error error{
        ErrorCode::limit, "record a call of " + type_.name,
        "the records of this run hold more than " + std::to_string(bytes_max) + " bytes (limit record-bytes)",
        ""};
    end(std::unexpected(error), SteadyClock::duration::zero());
    return std::unexpected(std::move(error));
  }

  void end(const Result<std::optional<Value>>& result, SteadyClock::duration took,
           const std::optional<TokenUse>& tokens = std::nullopt) {
    if (run_.sink == nullptr) return;
    record_.took = took;
    record_.tokens = tokens;
    if (!result) {
      record_.outcome = result.error().code == ErrorCode::refused || result.error().code == ErrorCode::limit
                            ? Outcome::refused
                            : Outcome::failed;
      record_.error = run_.redactor->cut(result.error().to_string());
    } else if (*result && type_.result) {
      record_.result = run_.redactor->cut(to_json(**result, *type_.result));
      run_.record_bytes += record_.result.size();
    }
    run_.sink->end(record_);
  }

 private:
  RunState& run_;
  const FunctionType& type_;
  CallRecord record_;
};

Status admit(Frame& caller, const Link& link, std::size_t function, const std::vector<Value>& arguments,
             std::size_t bytes) {
  const FunctionType& type = link.import().functions[function];
  if (!link.plan(function).granted) {
    return fail(
        ErrorCode::refused, "call " + type.name,
        "the link " + link.import().name + " of " + caller.subject.name + " does not grant this function");
  }
  const std::uint64_t depth_max = caller.run.function->limits.call_depth;
  if (caller.depth >= depth_max) {
    return fail(ErrorCode::limit, "call " + type.name,
                "calls are nested more than " + std::to_string(depth_max) + " deep (limit call-depth)");
  }
  if (auto status = check_bound(link, function, bound_of(caller.run, link), arguments); !status)
    return status;
  const LinkUse& use = caller.run.used[&link];
  if (auto status = check_budget(link, use, bytes, type.name); !status) return status;
  return check_prompt(link, use, function, arguments);
}

Result<std::optional<Value>> for_guest(const FunctionType& type, Frame& caller, Error error) {
  if (error.code == ErrorCode::refused || error.code == ErrorCode::limit) {
    log(LogLevel::warn, "call refused",
        {{"run", caller.run.id},
         {"app", caller.subject.app},
         {"caller", caller.subject.name},
         {"why", caller.run.redactor->cut(error.to_string())}});
  }
  error.what = caller.run.redactor->cut(std::move(error.what));
  error.why = caller.run.redactor->cut(std::move(error.why));
  if (auto value = as_result(type, error)) return Result<std::optional<Value>>(std::move(value));
  return std::unexpected(std::move(error));
}

std::size_t bytes_of(const std::vector<Value>& values) {
  std::size_t sum = 0;
  for (const Value& value : values) sum += footprint(value);
  return sum;
}

}  // namespace

Task<Result<std::optional<Value>>> pass(Frame& caller, const Link& link, std::size_t function,
                                        std::vector<Value> arguments) {
  const FunctionType& type = link.import().functions[function];
  const bool counts_bytes = link.policy().bytes_max.has_value();
  const std::size_t bytes = counts_bytes ? bytes_of(arguments) : 0;
  Recorder recorder(caller, link, type, arguments);
  if (auto status = recorder.begin(); !status) co_return std::unexpected(std::move(status.error()));
  if (auto status = admit(caller, link, function, arguments, bytes); !status) {
    Result<std::optional<Value>> refused = std::unexpected(std::move(status.error()));
    recorder.end(refused, SteadyClock::duration::zero());
    co_return for_guest(type, caller, std::move(refused.error()));
  }
  LinkUse& use = caller.run.used[&link];
  use.calls += 1;
  use.bytes += bytes;
  const auto start = SteadyClock::now();
  const Link::FunctionPlan& plan = link.plan(function);
  if (const auto tokens_max = link.policy().tokens_max) {
    const std::uint64_t left = *tokens_max - use.tokens.total();
    plan.tokens.cap(arguments, left - std::min(left, TokenMeter::estimate(arguments)));
  }
  auto result = co_await link.provider().call(caller, bound_of(caller.run, link), plan.provider_index,
                                              std::move(arguments));
  const auto took = SteadyClock::now() - start;
  use.time += took;
  if (counts_bytes && result && *result) use.bytes += footprint(**result);
  std::optional<TokenUse> tokens;
  if (plan.tokens.counts() && result && *result) {
    tokens = plan.tokens.read(**result);
    use.tokens += *tokens;
  }
  recorder.end(result, took, tokens);
  if (!result) co_return for_guest(type, caller, std::move(result.error()));
  co_return result;
}

}  // namespace sluice::gate
