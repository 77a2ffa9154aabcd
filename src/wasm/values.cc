#include "wasm/values.h"

#include <cstring>
#include <optional>
#include <utility>

namespace sluice::wasm {

namespace {

std::string name_of(const wasm_name_t& name) {
  return {name.data, name.size};
}

void set_name(wasm_name_t& out, std::string_view text) {
  wasm_byte_vec_new(&out, text.size(), text.data());
}

Result<Member> reflect_member(std::string name, const wasmtime_component_valtype_t& type) {
  auto inner = reflect(type);
  if (!inner) return std::unexpected(inner.error());
  return member(std::move(name), std::move(*inner));
}

Result<Type> reflect_record(const wasmtime_component_record_type_t* record) {
  std::vector<Member> fields;
  const std::size_t count = wasmtime_component_record_type_field_count(record);
  for (std::size_t i = 0; i < count; ++i) {
    const char* name = nullptr;
    std::size_t length = 0;
    ValType type;
    wasmtime_component_record_type_field_nth(record, i, &name, &length, &type);
    auto field = reflect_member({name, length}, type);
    if (!field) return std::unexpected(field.error());
    fields.push_back(std::move(*field));
  }
  return Type::record(std::move(fields));
}

Result<Type> reflect_tuple(const wasmtime_component_tuple_type_t* tuple) {
  std::vector<Type> elements;
  const std::size_t count = wasmtime_component_tuple_type_types_count(tuple);
  for (std::size_t i = 0; i < count; ++i) {
    ValType type;
    wasmtime_component_tuple_type_types_nth(tuple, i, &type);
    auto element = reflect(type);
    if (!element) return element;
    elements.push_back(std::move(*element));
  }
  return Type::tuple(std::move(elements));
}

Result<Type> reflect_variant(const wasmtime_component_variant_type_t* variant) {
  std::vector<Member> cases;
  const std::size_t count = wasmtime_component_variant_type_case_count(variant);
  for (std::size_t i = 0; i < count; ++i) {
    const char* name = nullptr;
    std::size_t length = 0;
    bool has_payload = false;
    ValType type;
    wasmtime_component_variant_type_case_nth(variant, i, &name, &length, &has_payload, &type);
    if (!has_payload) {
      cases.push_back(member({name, length}));
      continue;
    }
    auto one = reflect_member({name, length}, type);
    if (!one) return std::unexpected(one.error());
    cases.push_back(std::move(*one));
  }
  return Type::variant(std::move(cases));
}

Result<Type> reflect_result(const wasmtime_component_result_type_t* result) {
  ValType ok_type;
  ValType err_type;
  std::optional<Type> ok;
  std::optional<Type> err;
  if (wasmtime_component_result_type_ok(result, &ok_type)) {
    auto type = reflect(ok_type);
    if (!type) return type;
    ok = std::move(*type);
  }
  if (wasmtime_component_result_type_err(result, &err_type)) {
    auto type = reflect(err_type);
    if (!type) return type;
    err = std::move(*type);
  }
  return Type::result(ok ? &*ok : nullptr, err ? &*err : nullptr);
}

template <auto Count, auto Nth, class T>
std::vector<std::string> reflect_names(const T* type) {
  std::vector<std::string> names;
  const std::size_t count = Count(type);
  for (std::size_t i = 0; i < count; ++i) {
    const char* name = nullptr;
    std::size_t length = 0;
    Nth(type, i, &name, &length);
    names.emplace_back(name, length);
  }
  return names;
}

Kind plain_kind(wasmtime_component_valtype_kind_t kind) {
  switch (kind) {
    case WASMTIME_COMPONENT_VALTYPE_BOOL:
      return Kind::boolean;
    case WASMTIME_COMPONENT_VALTYPE_S8:
      return Kind::s8;
    case WASMTIME_COMPONENT_VALTYPE_S16:
      return Kind::s16;
    case WASMTIME_COMPONENT_VALTYPE_S32:
      return Kind::s32;
    case WASMTIME_COMPONENT_VALTYPE_S64:
      return Kind::s64;
    case WASMTIME_COMPONENT_VALTYPE_U8:
      return Kind::u8;
    case WASMTIME_COMPONENT_VALTYPE_U16:
      return Kind::u16;
    case WASMTIME_COMPONENT_VALTYPE_U32:
      return Kind::u32;
    case WASMTIME_COMPONENT_VALTYPE_U64:
      return Kind::u64;
    case WASMTIME_COMPONENT_VALTYPE_F32:
      return Kind::f32;
    case WASMTIME_COMPONENT_VALTYPE_F64:
      return Kind::f64;
    case WASMTIME_COMPONENT_VALTYPE_CHAR:
      return Kind::character;
    default:
      return Kind::string;
  }
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

// Deletes a half-made engine value unless it is handed out.
class Lowered {
 public:
  explicit Lowered(wasmtime_component_valkind_t kind) { value_.kind = kind; }
  Lowered(const Lowered&) = delete;
  Lowered& operator=(const Lowered&) = delete;
  ~Lowered() {
    if (owned_) wasmtime_component_val_delete(&value_);
  }
  wasmtime_component_valunion_t& of() { return value_.of; }
  wasmtime_component_val_t release() {
    owned_ = false;
    return value_;
  }

 private:
  wasmtime_component_val_t value_{};
  bool owned_ = true;
};

std::unexpected<Error> mismatch(const Type& type, std::string why) {
  return fail(ErrorCode::invalid_input, "pass a value of type " + type.to_string() + " to a guest",
              std::move(why));
}

Result<wasmtime_component_val_t*> lower_payload(const CaseValue& from, const Type& type) {
  const Member& member = type.members()[from.index];
  if (!member.type) {
    if (from.payload) return mismatch(type, "case " + member.name + " has no payload");
    return nullptr;
  }
  if (!from.payload) return mismatch(type, "case " + member.name + " lacks its payload");
  auto inner = lower(*from.payload, *member.type);
  if (!inner) return std::unexpected(inner.error());
  return wasmtime_component_val_new(&*inner);
}

Result<wasmtime_component_val_t> lower_case(const CaseValue& from, const Type& type) {
  if (from.index >= type.members().size())
    return mismatch(type, "there is no case " + std::to_string(from.index));
  if (type.kind() == Kind::enumeration) {
    Lowered out(WASMTIME_COMPONENT_ENUM);
    set_name(out.of().enumeration, type.members()[from.index].name);
    return out.release();
  }
  auto payload = lower_payload(from, type);
  if (!payload) return std::unexpected(payload.error());
  wasmtime_component_val_t out{};
  if (type.kind() == Kind::result) {
    out.kind = WASMTIME_COMPONENT_RESULT;
    out.of.result.is_ok = from.index == 0;
    out.of.result.val = *payload;
  } else {
    out.kind = WASMTIME_COMPONENT_VARIANT;
    set_name(out.of.variant.discriminant, type.members()[from.index].name);
    out.of.variant.val = *payload;
  }
  return out;
}

Result<wasmtime_component_val_t> lower_option(const CaseValue& from, const Type& type) {
  wasmtime_component_val_t out{};
  out.kind = WASMTIME_COMPONENT_OPTION;
  out.of.option = nullptr;
  if (from.index == 0) return out;
  if (!from.payload) return mismatch(type, "some lacks its payload");
  auto inner = lower(*from.payload, type.element());
  if (!inner) return inner;
  out.of.option = wasmtime_component_val_new(&*inner);
  return out;
}

// Fills a vector of engine values one by one; what is filled is freed with `out` on an error.
template <class Vec, class TypeOf>
Status lower_items(Vec& vec, const std::vector<Value>& items, TypeOf type_of) {
  wasmtime_component_vallist_t zeroed;
  wasmtime_component_vallist_new_uninit(&zeroed, items.size());
  for (std::size_t i = 0; i < items.size(); ++i) zeroed.data[i] = wasmtime_component_val_t{};
  vec.size = zeroed.size;
  vec.data = zeroed.data;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto item = lower(items[i], type_of(i));
    if (!item) return std::unexpected(item.error());
    vec.data[i] = *item;
  }
  return {};
}

Result<wasmtime_component_val_t> lower_bytes(const std::string& bytes) {
  Lowered out(WASMTIME_COMPONENT_LIST);
  wasmtime_component_vallist_new_uninit(&out.of().list, bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out.of().list.data[i].kind = WASMTIME_COMPONENT_U8;
    out.of().list.data[i].of.u8 = static_cast<std::uint8_t>(bytes[i]);
  }
  return out.release();
}

Result<wasmtime_component_val_t> lower_list(const Value& value, const Type& type) {
  if (const auto* bytes = std::get_if<BytesValue>(&value.data())) return lower_bytes(bytes->bytes);
  Lowered out(WASMTIME_COMPONENT_LIST);
  out.of().list = {};
  auto status =
      lower_items(out.of().list, value.as_list(), [&](std::size_t) -> const Type& { return type.element(); });
  if (!status) return std::unexpected(status.error());
  return out.release();
}

Result<wasmtime_component_val_t> lower_tuple(const Value& value, const Type& type) {
  const auto& items = value.as_list();
  if (items.size() != type.members().size()) return mismatch(type, "wrong number of elements");
  Lowered out(WASMTIME_COMPONENT_TUPLE);
  out.of().tuple = {};
  auto status = lower_items(out.of().tuple, items,
                            [&](std::size_t i) -> const Type& { return *type.members()[i].type; });
  if (!status) return std::unexpected(status.error());
  return out.release();
}

Result<wasmtime_component_val_t> lower_record(const std::vector<Field>& fields, const Type& type) {
  const auto& members = type.members();
  if (fields.size() != members.size()) return mismatch(type, "wrong number of fields");
  Lowered out(WASMTIME_COMPONENT_RECORD);
  auto& record = out.of().record;
  wasmtime_component_valrecord_new_uninit(&record, fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) record.data[i] = {};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name != members[i].name) return mismatch(type, "unexpected field " + fields[i].name);
    set_name(record.data[i].name, members[i].name);
    auto inner = lower(fields[i].value, *members[i].type);
    if (!inner) return inner;
    record.data[i].val = *inner;
  }
  return out.release();
}

Result<wasmtime_component_val_t> lower_flags(const std::vector<bool>& set, const Type& type) {
  if (set.size() != type.members().size()) return mismatch(type, "wrong number of flags");
  std::size_t count = 0;
  for (const bool one : set) count += one ? 1 : 0;
  Lowered out(WASMTIME_COMPONENT_FLAGS);
  wasmtime_component_valflags_new_uninit(&out.of().flags, count);
  std::size_t next = 0;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (set[i]) set_name(out.of().flags.data[next++], type.members()[i].name);
  }
  return out.release();
}

// Integers are range-checked, so that nothing is cut silently.
Result<wasmtime_component_val_t> lower_integer(const Value& value, const Type& type) {
  wasmtime_component_val_t out{};
  bool fits = true;
  const auto put_signed = [&](auto& slot, wasmtime_component_valkind_t kind) {
    const std::int64_t wide = value.as_signed();
    out.kind = kind;
    slot = static_cast<std::remove_reference_t<decltype(slot)>>(wide);
    fits = static_cast<std::int64_t>(slot) == wide;
  };
  const auto put_unsigned = [&](auto& slot, wasmtime_component_valkind_t kind) {
    const std::uint64_t wide = value.as_unsigned();
    out.kind = kind;
    slot = static_cast<std::remove_reference_t<decltype(slot)>>(wide);
    fits = static_cast<std::uint64_t>(slot) == wide;
  };
  switch (type.kind()) {
    case Kind::s8:
      put_signed(out.of.s8, WASMTIME_COMPONENT_S8);
      break;
    case Kind::s16:
      put_signed(out.of.s16, WASMTIME_COMPONENT_S16);
      break;
    case Kind::s32:
      put_signed(out.of.s32, WASMTIME_COMPONENT_S32);
      break;
    case Kind::s64:
      put_signed(out.of.s64, WASMTIME_COMPONENT_S64);
      break;
    case Kind::u8:
      put_unsigned(out.of.u8, WASMTIME_COMPONENT_U8);
      break;
    case Kind::u16:
      put_unsigned(out.of.u16, WASMTIME_COMPONENT_U16);
      break;
    case Kind::u32:
      put_unsigned(out.of.u32, WASMTIME_COMPONENT_U32);
      break;
    default:
      put_unsigned(out.of.u64, WASMTIME_COMPONENT_U64);
      break;
  }
  if (!fits) return mismatch(type, "the number is out of range");
  return out;
}

Result<wasmtime_component_val_t> lower_checked(const Value& value, const Type& type) {
  wasmtime_component_val_t out{};
  switch (type.kind()) {
    case Kind::boolean:
      out.kind = WASMTIME_COMPONENT_BOOL;
      out.of.boolean = value.as_bool();
      return out;
    case Kind::f32:
      out.kind = WASMTIME_COMPONENT_F32;
      out.of.f32 = std::get<float>(value.data());
      return out;
    case Kind::f64:
      out.kind = WASMTIME_COMPONENT_F64;
      out.of.f64 = std::get<double>(value.data());
      return out;
    case Kind::character: {
      const char32_t scalar = std::get<char32_t>(value.data());
      if (scalar > 0x10FFFF || (scalar >= 0xD800 && scalar < 0xE000))
        return mismatch(type, "not a Unicode scalar");
      out.kind = WASMTIME_COMPONENT_CHAR;
      out.of.character = scalar;
      return out;
    }
    case Kind::string:
      if (!is_utf8(value.as_string())) return mismatch(type, "the text is not UTF-8");
      out.kind = WASMTIME_COMPONENT_STRING;
      set_name(out.of.string, value.as_string());
      return out;
    case Kind::list:
      return lower_list(value, type);
    case Kind::tuple:
      return lower_tuple(value, type);
    case Kind::record:
      return lower_record(value.as_record(), type);
    case Kind::option:
      return lower_option(value.as_case(), type);
    case Kind::variant:
    case Kind::enumeration:
    case Kind::result:
      return lower_case(value.as_case(), type);
    case Kind::flags:
      return lower_flags(std::get<FlagsValue>(value.data()).set, type);
    default:
      return lower_integer(value, type);
  }
}

}  // namespace

Result<Type> reflect(const wasmtime_component_valtype_t& type) {
  switch (type.kind) {
    case WASMTIME_COMPONENT_VALTYPE_LIST:
    case WASMTIME_COMPONENT_VALTYPE_OPTION: {
      ValType element;
      const bool is_list = type.kind == WASMTIME_COMPONENT_VALTYPE_LIST;
      if (is_list) {
        wasmtime_component_list_type_element(type.of.list, &element);
      } else {
        wasmtime_component_option_type_ty(type.of.option, &element);
      }
      auto inner = reflect(element);
      if (!inner) return inner;
      return is_list ? Type::list(std::move(*inner)) : Type::option(std::move(*inner));
    }
    case WASMTIME_COMPONENT_VALTYPE_RECORD:
      return reflect_record(type.of.record);
    case WASMTIME_COMPONENT_VALTYPE_TUPLE:
      return reflect_tuple(type.of.tuple);
    case WASMTIME_COMPONENT_VALTYPE_VARIANT:
      return reflect_variant(type.of.variant);
    case WASMTIME_COMPONENT_VALTYPE_RESULT:
      return reflect_result(type.of.result);
    case WASMTIME_COMPONENT_VALTYPE_ENUM:
      return Type::enumeration(
          reflect_names<wasmtime_component_enum_type_names_count, wasmtime_component_enum_type_names_nth>(
              type.of.enum_));
    case WASMTIME_COMPONENT_VALTYPE_FLAGS:
      return Type::flags(
          reflect_names<wasmtime_component_flags_type_names_count, wasmtime_component_flags_type_names_nth>(
              type.of.flags));
    case WASMTIME_COMPONENT_VALTYPE_OWN:
    case WASMTIME_COMPONENT_VALTYPE_BORROW:
      return fail(ErrorCode::invalid_input, "read a type", "resources do not cross links: only values do");
    case WASMTIME_COMPONENT_VALTYPE_FUTURE:
    case WASMTIME_COMPONENT_VALTYPE_STREAM:
    case WASMTIME_COMPONENT_VALTYPE_ERROR_CONTEXT:
    case WASMTIME_COMPONENT_VALTYPE_MAP:
      return fail(ErrorCode::invalid_input, "read a type", "futures, streams and maps do not cross links");
    default:
      return Type(plain_kind(type.kind));
  }
}

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

Result<wasmtime_component_val_t> lower(const Value& value, const Type& type) {
  try {
    return lower_checked(value, type);
  } catch (const std::bad_variant_access&) {
    return mismatch(type, "the value is of another kind");
  }
}

}  // namespace sluice::wasm
