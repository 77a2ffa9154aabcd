#include "wasm/values.h"

#include <type_traits>
#include <utility>

namespace sluice::wasm {

namespace {

void set_name(wasm_name_t& out, std::string_view text) {
  wasm_byte_vec_new(&out, text.size(), text.data());
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

Result<wasmtime_component_val_t> lower(const Value& value, const Type& type) {
  try {
    return lower_checked(value, type);
  } catch (const std::bad_variant_access&) {
    return mismatch(type, "the value is of another kind");
  }
}

}  // namespace sluice::wasm
