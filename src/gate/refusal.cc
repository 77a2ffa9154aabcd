#include "gate/refusal.h"

#include <array>
#include <span>
#include <string_view>

namespace sluice::gate {

namespace {

// Cases fit for a code, best first.
std::span<const std::string_view> cases_for(ErrorCode code) {
  static constexpr std::array<std::string_view, 4> refused{"refused", "forbidden", "denied", "invalid"};
  static constexpr std::array<std::string_view, 4> limited{"limit", "refused", "forbidden", "unavailable"};
  static constexpr std::array<std::string_view, 3> invalid{"invalid", "refused", "forbidden"};
  static constexpr std::array<std::string_view, 4> broken{"unavailable", "unreachable", "upstream",
                                                          "invalid"};
  switch (code) {
    case ErrorCode::refused:
      return refused;
    case ErrorCode::limit:
      return limited;
    case ErrorCode::invalid_input:
      return invalid;
    default:
      return broken;
  }
}

// Not every failure is the guest's business: a run that is to stop has to stop.
bool is_for_guests(ErrorCode code) {
  return code != ErrorCode::cancelled && code != ErrorCode::internal;
}

std::optional<Value> as_case(const Type& variant, const Error& error, const std::string& text) {
  if (error.code == ErrorCode::timeout) {
    const std::size_t index = variant.index_of("timeout");
    if (index != Type::npos && !variant.members()[index].type)
      return Value::of_case(static_cast<std::uint32_t>(index));
  }
  for (const std::string_view name : cases_for(error.code)) {
    const std::size_t index = variant.index_of(name);
    if (index == Type::npos) continue;
    const Member& member = variant.members()[index];
    if (member.type && member.type->kind() == Kind::string) {
      return Value::of_case(static_cast<std::uint32_t>(index), Value::string(text));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Value> as_result(const FunctionType& function, const Error& error) {
  if (!is_for_guests(error.code) || !function.result || function.result->kind() != Kind::result)
    return std::nullopt;
  const Member& err = function.result->members()[1];
  if (!err.type) return std::nullopt;
  const std::string text = to_utf8(error.to_string(), nullptr);
  if (err.type->kind() == Kind::string) return Value::err(Value::string(text));
  if (err.type->kind() != Kind::variant) return std::nullopt;
  auto payload = as_case(*err.type, error, text);
  if (!payload) return std::nullopt;
  return Value::err(std::move(*payload));
}

}  // namespace sluice::gate
