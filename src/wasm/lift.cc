#include "wasm/values.h"

#include <utility>

namespace sluice::wasm {

namespace {

std::string name_of(const wasm_name_t& name) {
  return {name.data, name.size};
}

Value lift_bytes(const wasmtime_component_vallist_t& list) {
  std::string bytes(list.size, '\0');
  for (std::size_t i = 0; i < list.size; ++i) bytes[i] = static_cast<char>(list.data[i].of.u8);
  return Value::bytes(std::move(bytes));
}

Value lift_list(const wasmtime_component_vallist_t& list, const Type& element) {
  if (element.kind() == Kind::u8) return lift_bytes(list);
  std::vector<Value> items;
  items.reserve(list.size);
  for (std::size_t i = 0; i < list.size; ++i) items.push_back(lift(list.data[i], element));
  return Value::list(std::move(items));
}

Value lift_record(const wasmtime_component_valrecord_t& record, const Type& type) {
  std::vector<Field> fields;
  fields.reserve(record.size);
  for (std::size_t i = 0; i < record.size; ++i) {
    const Member& member = type.members()[i];
    fields.push_back(Field{member.name, lift(record.data[i].val, *member.type)});
  }
  return Value::record(std::move(fields));
}

Value lift_case(std::uint32_t index, const wasmtime_component_val_t* payload, const Type& type) {
  const Member& member = type.members()[index];
  if (payload == nullptr || !member.type) return Value::of_case(index);
  return Value::of_case(index, lift(*payload, *member.type));
}

std::uint32_t case_index(const Type& type, const wasm_name_t& name) {
  return static_cast<std::uint32_t>(type.index_of({name.data, name.size}));
}

Value lift_flags(const wasmtime_component_valflags_t& flags, const Type& type) {
  std::vector<bool> set(type.members().size());
  for (std::size_t i = 0; i < flags.size; ++i) set[case_index(type, flags.data[i])] = true;
  return Value::flags(std::move(set));
}

}  // namespace

Value lift(const wasmtime_component_val_t& from, const Type& type) {
  switch (from.kind) {
    case WASMTIME_COMPONENT_BOOL:
      return Value::boolean(from.of.boolean);
    case WASMTIME_COMPONENT_S8:
      return Value::signed_int(from.of.s8);
    case WASMTIME_COMPONENT_S16:
      return Value::signed_int(from.of.s16);
    case WASMTIME_COMPONENT_S32:
      return Value::signed_int(from.of.s32);
    case WASMTIME_COMPONENT_S64:
      return Value::signed_int(from.of.s64);
    case WASMTIME_COMPONENT_U8:
      return Value::unsigned_int(from.of.u8);
    case WASMTIME_COMPONENT_U16:
      return Value::unsigned_int(from.of.u16);
    case WASMTIME_COMPONENT_U32:
      return Value::unsigned_int(from.of.u32);
    case WASMTIME_COMPONENT_U64:
      return Value::unsigned_int(from.of.u64);
    case WASMTIME_COMPONENT_F32:
      return Value::f32(from.of.f32);
    case WASMTIME_COMPONENT_F64:
      return Value::f64(from.of.f64);
    case WASMTIME_COMPONENT_CHAR:
      return Value::character(from.of.character);
    case WASMTIME_COMPONENT_STRING:
      return Value::string(name_of(from.of.string));
    case WASMTIME_COMPONENT_LIST:
      return lift_list(from.of.list, type.element());
    case WASMTIME_COMPONENT_RECORD:
      return lift_record(from.of.record, type);
    case WASMTIME_COMPONENT_TUPLE: {
      std::vector<Value> items;
      items.reserve(from.of.tuple.size);
      for (std::size_t i = 0; i < from.of.tuple.size; ++i) {
        items.push_back(lift(from.of.tuple.data[i], *type.members()[i].type));
      }
      return Value::list(std::move(items));
    }
    case WASMTIME_COMPONENT_VARIANT:
      return lift_case(case_index(type, from.of.variant.discriminant), from.of.variant.val, type);
    case WASMTIME_COMPONENT_ENUM:
      return Value::of_case(case_index(type, from.of.enumeration));
    case WASMTIME_COMPONENT_OPTION:
      return from.of.option == nullptr ? Value::none() : Value::some(lift(*from.of.option, type.element()));
    case WASMTIME_COMPONENT_RESULT:
      return lift_case(from.of.result.is_ok ? 0 : 1, from.of.result.val, type);
    default:
      return lift_flags(from.of.flags, type);
  }
}

std::size_t footprint_of(const wasmtime_component_val_t& value, std::size_t enough) {
  std::size_t sum = sizeof(value);
  const auto add_all = [&](const wasmtime_component_val_t* data, std::size_t size) {
    for (std::size_t i = 0; i < size && sum <= enough; ++i) sum += footprint_of(data[i], enough - sum);
  };
  switch (value.kind) {
    case WASMTIME_COMPONENT_STRING:
      return sum + value.of.string.size;
    case WASMTIME_COMPONENT_LIST:
      if (value.of.list.size > 0 && value.of.list.data[0].kind <= WASMTIME_COMPONENT_CHAR) {
        return sum + value.of.list.size * sizeof(value);
      }
      add_all(value.of.list.data, value.of.list.size);
      return sum;
    case WASMTIME_COMPONENT_TUPLE:
      add_all(value.of.tuple.data, value.of.tuple.size);
      return sum;
    case WASMTIME_COMPONENT_RECORD:
      for (std::size_t i = 0; i < value.of.record.size && sum <= enough; ++i) {
        sum += footprint_of(value.of.record.data[i].val, enough - sum);
      }
      return sum;
    case WASMTIME_COMPONENT_VARIANT:
      add_all(value.of.variant.val, value.of.variant.val == nullptr ? 0 : 1);
      return sum;
    case WASMTIME_COMPONENT_OPTION:
      add_all(value.of.option, value.of.option == nullptr ? 0 : 1);
      return sum;
    case WASMTIME_COMPONENT_RESULT:
      add_all(value.of.result.val, value.of.result.val == nullptr ? 0 : 1);
      return sum;
    default:
      return sum;
  }
}

}  // namespace sluice::wasm
