// Parts of values that are known to be of their types, for the writers. Internal to base.
#pragma once

#include <variant>

#include "base/invariant.h"
#include "base/value.h"

namespace sluice {

template <class T>
[[nodiscard]] const T& part_of(const Value& value) {
  const T* part = std::get_if<T>(&value.data());
  invariant(part != nullptr, "a value that is written is of its type");
  return *part;
}

// The elements of a tuple, as many as its type has.
[[nodiscard]] inline const std::vector<Value>& elements_of(const Value& value, const Type& type) {
  const std::vector<Value>& items = part_of<ListValue>(value).items;
  invariant(items.size() == type.members().size(), "a tuple has as many elements as its type");
  return items;
}

[[nodiscard]] inline const std::vector<Field>& fields_of(const Value& value, const Type& type) {
  const std::vector<Field>& fields = part_of<RecordValue>(value).fields;
  invariant(fields.size() == type.members().size(), "a record has as many fields as its type");
  return fields;
}

[[nodiscard]] inline const std::vector<bool>& flags_of(const Value& value, const Type& type) {
  const std::vector<bool>& set = part_of<FlagsValue>(value).set;
  invariant(set.size() == type.members().size(), "flags have as many bits as their type has names");
  return set;
}

// The case of a variant, enum or result, as its type has it.
[[nodiscard]] inline const Member& member_of(const CaseValue& value, const Type& type) {
  invariant(value.index < type.members().size(), "a case is one of its type's");
  return type.members()[value.index];
}

[[nodiscard]] inline const Value& payload_of(const CaseValue& value) {
  invariant(value.payload != nullptr, "a case has the payload that its type asks for");
  return *value.payload;
}

}  // namespace sluice
