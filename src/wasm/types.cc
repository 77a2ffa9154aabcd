#include "wasm/values.h"

#include <optional>
#include <utility>

namespace sluice::wasm {

namespace {

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

}  // namespace sluice::wasm
