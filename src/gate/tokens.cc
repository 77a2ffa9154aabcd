#include "gate/tokens.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace sluice::gate {

namespace {

bool is_count(const Member& member) {
  return member.type && (member.type->kind() == Kind::u32 || member.type->kind() == Kind::u64);
}

bool is_optional_count(const Member& member) {
  return member.type && member.type->kind() == Kind::option &&
         (member.type->element().kind() == Kind::u32 || member.type->element().kind() == Kind::u64);
}

std::size_t find_count(const Type& record, std::string_view name) {
  const std::size_t index = record.index_of(name);
  return index != Type::npos && is_count(record.members()[index]) ? index : Type::npos;
}

std::size_t find_optional_count(const Type& record, std::string_view name) {
  const std::size_t index = record.index_of(name);
  return index != Type::npos && is_optional_count(record.members()[index]) ? index : Type::npos;
}

std::uint64_t at(const Value& record, std::size_t index) {
  return index == Type::npos ? 0 : record.field(index).as_unsigned();
}

}  // namespace

struct TokenMeter::Node {
  Kind kind = Kind::record;
  // By index of the type's members.
  std::vector<std::shared_ptr<const Node>> below;
  // Of a record that is looked for itself; npos: it has none.
  bool is_it = false;
  std::size_t prompt = Type::npos;
  std::size_t completion = Type::npos;
  std::size_t cached = Type::npos;
  std::size_t cost = Type::npos;
  std::size_t max_tokens = Type::npos;
};

TokenUse& TokenUse::operator+=(const TokenUse& more) {
  prompt += more.prompt;
  completion += more.completion;
  cached += more.cached;
  if (more.cost_micros) cost_micros = cost_micros.value_or(0) + *more.cost_micros;
  return *this;
}

std::shared_ptr<const TokenMeter::Node> TokenMeter::plan(const Type& type, Wanted wanted) {
  Node node;
  node.kind = type.kind();
  if (type.kind() == Kind::record) {
    if (wanted == Wanted::usage) {
      node.prompt = find_count(type, "prompt-tokens");
      node.completion = find_count(type, "completion-tokens");
      node.cached = find_count(type, "cached-tokens");
      node.cost = find_optional_count(type, "cost-micros");
      node.is_it = node.prompt != Type::npos || node.completion != Type::npos;
    } else {
      node.max_tokens = find_optional_count(type, "max-tokens");
      node.is_it = node.max_tokens != Type::npos;
    }
  }
  bool any = node.is_it;
  for (const Member& member : type.members()) {
    node.below.push_back(member.type ? plan(*member.type, wanted) : nullptr);
    any = any || node.below.back() != nullptr;
  }
  return any ? std::make_shared<const Node>(std::move(node)) : nullptr;
}

TokenMeter::TokenMeter(const FunctionType& function) {
  if (function.result) result_ = plan(*function.result, Wanted::usage);
  for (const Parameter& parameter : function.parameters) {
    parameters_.push_back(plan(parameter.type, Wanted::cap));
  }
}

namespace {

// Calls `visit` with each value that a node stands below `value`.
template <class Node, class SomeValue, class Visit>
void each_below(const Node& node, SomeValue& value, const Visit& visit) {
  switch (node.kind) {
    case Kind::list:
    case Kind::tuple: {
      auto& items = std::get<ListValue>(value.data()).items;
      for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& next = node.below[node.kind == Kind::list ? 0 : i];
        if (next) visit(*next, items[i]);
      }
      return;
    }
    case Kind::record: {
      auto& fields = std::get<RecordValue>(value.data()).fields;
      for (std::size_t i = 0; i < fields.size(); ++i) {
        if (node.below[i]) visit(*node.below[i], fields[i].value);
      }
      return;
    }
    case Kind::option:
    case Kind::variant:
    case Kind::result: {
      auto& one = std::get<CaseValue>(value.data());
      const auto& next = node.below[node.kind == Kind::option ? 0 : one.index];
      if (next && one.payload) visit(*next, *one.payload);
      return;
    }
    default:
      return;
  }
}

std::uint64_t text_bytes(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data())) return text->size();
  std::uint64_t sum = 0;
  if (const auto* list = std::get_if<ListValue>(&value.data())) {
    for (const Value& item : list->items) sum += text_bytes(item);
  } else if (const auto* one = std::get_if<CaseValue>(&value.data())) {
    if (one->payload) sum += text_bytes(*one->payload);
  } else if (const auto* record = std::get_if<RecordValue>(&value.data())) {
    const bool options =
        std::ranges::any_of(record->fields, [](const Field& field) { return field.name == "max-tokens"; });
    for (const Field& field : record->fields) {
      if (!options || field.name == "tools") sum += text_bytes(field.value);
    }
  }
  return sum;
}

}  // namespace

std::uint64_t TokenMeter::estimate(const std::vector<Value>& arguments) {
  std::uint64_t bytes = 0;
  for (const Value& argument : arguments) bytes += text_bytes(argument);
  return bytes / bytes_per_token;
}

void TokenMeter::add_use(const Node& node, const Value& value, TokenUse& use) {
  if (node.is_it) {
    TokenUse one{at(value, node.prompt), at(value, node.completion), at(value, node.cached), {}};
    if (node.cost != Type::npos) {
      const auto& cost = value.field(node.cost).as_case().payload;
      if (cost) one.cost_micros = cost->as_unsigned();
    }
    use += one;
  }
  each_below(node, value, [&](const Node& next, const Value& below) { add_use(next, below, use); });
}

TokenUse TokenMeter::read(const Value& result) const {
  TokenUse use;
  if (result_) add_use(*result_, result, use);
  return use;
}

std::size_t TokenMeter::count(const Node& node, const Value& value) {
  std::size_t found = node.is_it ? 1 : 0;
  each_below(node, value, [&](const Node& next, const Value& below) { found += count(next, below); });
  return found;
}

void TokenMeter::lower(const Node& node, Value& value, std::uint64_t most) {
  if (node.is_it) {
    Value& field = std::get<RecordValue>(value.data()).fields[node.max_tokens].value;
    const auto& asked = field.as_case().payload;
    if (!asked || asked->as_unsigned() > most) field = Value::some(Value::unsigned_int(most));
  }
  each_below(node, value, [&](const Node& next, Value& below) { lower(next, below, most); });
}

void TokenMeter::cap(std::vector<Value>& arguments, std::uint64_t left) const {
  std::size_t requests = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (parameters_[i]) requests += count(*parameters_[i], arguments[i]);
  }
  if (requests == 0) return;
  const std::uint64_t share =
      std::clamp<std::uint64_t>(left / requests, 1, std::numeric_limits<std::uint32_t>::max());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (parameters_[i]) lower(*parameters_[i], arguments[i], share);
  }
}

}  // namespace sluice::gate
