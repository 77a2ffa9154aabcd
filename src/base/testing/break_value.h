// Makes a value that is of a type into one that isn't, at a drawn place: what `check` has to reject.
#pragma once

#include "base/testing/draw.h"

namespace sluice::testing_support {

inline void break_value(Draw& draw, Value& value, const Type& type);

// A value of a kind that no part of the type has.
inline Value alien(const Type& type) {
  return type.kind() == Kind::boolean ? Value::string("alien") : Value::boolean(true);
}

inline void break_integer(Draw& draw, Value& value, const Type& type) {
  switch (type.kind()) {
    case Kind::s8:
      value = Value::signed_int(std::int64_t{std::numeric_limits<std::int8_t>::max()} + 1);
      break;
    case Kind::s16:
      value = Value::signed_int(std::int64_t{std::numeric_limits<std::int16_t>::min()} - 1);
      break;
    case Kind::s32:
      value = Value::signed_int(std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1);
      break;
    case Kind::u8:
      value = Value::unsigned_int(256);
      break;
    case Kind::u16:
      value = Value::unsigned_int(65536);
      break;
    case Kind::u32:
      value = Value::unsigned_int(std::uint64_t{1} << 32U);
      break;
    case Kind::s64:
      value = Value::unsigned_int(draw.byte());
      break;
    default:
      value = Value::signed_int(draw.byte());
      break;
  }
}

inline void break_record(Draw& draw, std::vector<Field>& fields, const Type& type) {
  if (!fields.empty()) {
    const std::size_t at = draw.below(fields.size());
    switch (draw.below(4)) {
      case 0:
        break_value(draw, fields[at].value, *type.members()[at].type);
        return;
      case 1:
        fields[at].name += "x";
        return;
      case 2:
        fields.pop_back();
        return;
      default:
        break;
    }
  }
  fields.push_back({"one-too-many", Value()});
}

inline void break_case(Draw& draw, Value& value, const Type& type) {
  auto& found = std::get<CaseValue>(value.data());
  const bool option = type.kind() == Kind::option;
  if (found.payload == nullptr) {
    if (draw.below(2) == 0) {
      found.payload = std::make_unique<Value>();
    } else {
      found.index = static_cast<std::uint32_t>(option ? 2 : type.members().size());
    }
  } else if (draw.below(2) == 0) {
    found.payload.reset();
  } else {
    break_value(draw, *found.payload, option ? type.element() : *type.members()[found.index].type);
  }
}

inline void break_items(Draw& draw, Value& value, const Type& type) {
  const bool tuple = type.kind() == Kind::tuple;
  if (!tuple && type.element().kind() == Kind::u8) {
    value = Value::list({});
    return;
  }
  auto& items = std::get<ListValue>(value.data()).items;
  if (!items.empty() && draw.below(2) == 0) {
    const std::size_t at = draw.below(items.size());
    break_value(draw, items[at], tuple ? *type.members()[at].type : type.element());
  } else if (tuple) {
    items.push_back(Value());
  } else {
    items.push_back(alien(type.element()));
  }
}

inline void break_value(Draw& draw, Value& value, const Type& type) {
  if (draw.below(4) == 3) {
    value = alien(type);
    return;
  }
  switch (type.kind()) {
    case Kind::boolean:
      value = Value::unsigned_int(1);
      break;
    case Kind::f32:
      value = Value::f64(0);
      break;
    case Kind::f64:
      value = Value::f32(0);
      break;
    case Kind::character:
      value = Value::character(draw.below(2) == 0 ? 0xD800 : 0x110000);
      break;
    case Kind::string:
      value = Value::string(value.as_string() + "\xC3");
      break;
    case Kind::list:
    case Kind::tuple:
      break_items(draw, value, type);
      break;
    case Kind::record:
      break_record(draw, std::get<RecordValue>(value.data()).fields, type);
      break;
    case Kind::variant:
    case Kind::enumeration:
    case Kind::option:
    case Kind::result:
      break_case(draw, value, type);
      break;
    case Kind::flags:
      std::get<FlagsValue>(value.data()).set.push_back(false);
      break;
    default:
      break_integer(draw, value, type);
      break;
  }
}

}  // namespace sluice::testing_support
