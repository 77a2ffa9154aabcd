#include "base/schema.h"

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/value_json.h"

namespace sluice {

namespace {

using nlohmann::json;

template <class Integer>
json integer() {
  using Limits = std::numeric_limits<Integer>;
  return {{"type", "integer"}, {"minimum", Limits::min()}, {"maximum", Limits::max()}};
}

json floating(json number) {
  number["type"] = "number";
  json special = {{"enum", {"NaN", "Infinity", "-Infinity"}}};
  return {{"anyOf", json::array({std::move(number), std::move(special)})}};
}

json bytes() {
  // Groups of four; the bits that padding leaves over are zero.
  constexpr std::string_view pattern =
      "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";
  return {{"type", "string"}, {"contentEncoding", "base64"}, {"pattern", pattern}};
}

json object_of_one(const std::string& name, json payload) {
  return {{"type", "object"},
          {"properties", {{name, std::move(payload)}}},
          {"required", json::array({name})},
          {"additionalProperties", false}};
}

json names_of(const Type& type) {
  json names = json::array();
  for (const Member& m : type.members()) names.push_back(m.name);
  return names;
}

json record(const Type& type) {
  json properties = json::object();
  json required = json::array();
  for (const Member& m : type.members()) {
    properties[m.name] = schema_of(*m.type);
    if (m.type->kind() != Kind::option) required.push_back(m.name);
  }
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

json tuple(const Type& type) {
  const std::size_t count = type.members().size();
  json out = {{"type", "array"}, {"minItems", count}, {"maxItems", count}};
  for (const Member& m : type.members()) out["prefixItems"].push_back(schema_of(*m.type));
  return out;
}

json variant(const Type& type) {
  json bare = json::array();
  json forms = json::array();
  for (const Member& m : type.members()) {
    if (m.type) {
      forms.push_back(object_of_one(m.name, schema_of(*m.type)));
    } else {
      bare.push_back(m.name);
    }
  }
  if (!bare.empty()) forms.push_back({{"enum", std::move(bare)}});
  return {{"anyOf", std::move(forms)}};
}

json option(const Type& type) {
  json some = schema_of(type.element());
  if (type.element().kind() == Kind::option) some = object_of_one("some", std::move(some));
  return {{"anyOf", json::array({{{"type", "null"}}, std::move(some)})}};
}

json result(const Type& type) {
  json forms = json::array();
  for (const Member& m : type.members()) {
    forms.push_back(object_of_one(m.name, m.type ? schema_of(*m.type) : json{{"type", "null"}}));
  }
  return {{"anyOf", std::move(forms)}};
}

json flags(const Type& type) {
  if (type.members().empty()) return {{"type", "array"}, {"maxItems", 0}};
  return {{"type", "array"}, {"items", {{"enum", names_of(type)}}}, {"uniqueItems", true}};
}

json list(const Type& type) {
  if (type.element().kind() == Kind::u8) return bytes();
  return {{"type", "array"}, {"items", schema_of(type.element())}};
}

}  // namespace

json schema_of(const Type& type) {
  switch (type.kind()) {
    case Kind::boolean:
      return {{"type", "boolean"}};
    case Kind::s8:
      return integer<std::int8_t>();
    case Kind::u8:
      return integer<std::uint8_t>();
    case Kind::s16:
      return integer<std::int16_t>();
    case Kind::u16:
      return integer<std::uint16_t>();
    case Kind::s32:
      return integer<std::int32_t>();
    case Kind::u32:
      return integer<std::uint32_t>();
    case Kind::s64:
      return integer<std::int64_t>();
    case Kind::u64:
      return integer<std::uint64_t>();
    case Kind::f32:
      return floating({{"exclusiveMinimum", -f32_overflow}, {"exclusiveMaximum", f32_overflow}});
    case Kind::f64: {
      constexpr double most = std::numeric_limits<double>::max();
      return floating({{"minimum", -most}, {"maximum", most}});
    }
    case Kind::character:
      return {{"type", "string"}, {"minLength", 1}, {"maxLength", 1}};
    case Kind::string:
      return {{"type", "string"}};
    case Kind::list:
      return list(type);
    case Kind::record:
      return record(type);
    case Kind::tuple:
      return tuple(type);
    case Kind::variant:
      return variant(type);
    case Kind::enumeration:
      return {{"type", "string"}, {"enum", names_of(type)}};
    case Kind::option:
      return option(type);
    case Kind::result:
      return result(type);
    case Kind::flags:
      return flags(type);
  }
  return false;
}

Type parameters_as_record(const FunctionType& function) {
  std::vector<Member> fields;
  fields.reserve(function.parameters.size());
  for (const Parameter& p : function.parameters) fields.push_back(member(p.name, p.type));
  return Type::record(std::move(fields));
}

json schema_of_parameters(const FunctionType& function) {
  json out = record(parameters_as_record(function));
  if (!function.docs.empty()) out["description"] = function.docs;
  return out;
}

}  // namespace sluice
