#include "common/schema_keywords.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "common/schema_merge.h"

namespace sluice::backends {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t depth_max = 128;
// Beyond these, a double is no exact integer.
constexpr double bound_max = 9e15;

constexpr std::array never_held{"not",
                                "if",
                                "then",
                                "else",
                                "contains",
                                "minContains",
                                "maxContains",
                                "multipleOf",
                                "minProperties",
                                "maxProperties",
                                "patternProperties",
                                "propertyNames",
                                "dependentRequired",
                                "dependentSchemas",
                                "dependencies",
                                "unevaluatedItems",
                                "additionalItems",
                                "$dynamicRef",
                                "$recursiveRef"};
constexpr std::array known_formats{"date",  "time",  "date-time", "uuid", "uuid1",
                                   "uuid2", "uuid3", "uuid4",     "uuid5"};

std::unexpected<Failed> refuse(const std::string& pointer, const std::string& why) {
  return failed(SLUICE_NN_INVALID, "the JSON schema cannot be held to at #" + pointer + ": " + why);
}

std::unexpected<Failed> impossible(const std::string& pointer, const std::string& why) {
  return failed(SLUICE_NN_INVALID, "nothing can satisfy the JSON schema at #" + pointer + ": " + why);
}

bool has_any(const Json& schema, std::initializer_list<const char*> keys) {
  return std::ranges::any_of(keys, [&](const char* key) { return schema.contains(key); });
}

bool has_known_format(const Json& schema) {
  const auto format = schema.find("format");
  return format != schema.end() &&
         std::ranges::any_of(known_formats, [&](const char* name) { return *format == name; });
}

bool is_of_type(const Json& value, const Json& type) {
  if (type == "integer") {
    return value.is_number_integer() ||
           (value.is_number() && std::floor(value.get<double>()) == value.get<double>());
  }
  if (type == "number") return value.is_number();
  return type == (value.is_null()      ? "null"
                  : value.is_boolean() ? "boolean"
                  : value.is_string()  ? "string"
                  : value.is_array()   ? "array"
                  : value.is_object()  ? "object"
                                       : "number");
}

class Holder {
 public:
  explicit Holder(Json& root) : merger_(root) {}

  Result<void> hold(Json& schema, const std::string& at, std::size_t depth = 0) {
    if (schema == true) schema = Json::object();
    if (schema == false) return impossible(at, "it is false");
    if (!schema.is_object()) return {};  // told by the converter
    if (depth > depth_max) return refuse(at, "its parts include each other without end");
    if (auto named = refuse_keywords(schema, at); !named) return named;
    if (auto merged = merge(schema, at); !merged) return merged;
    if (!has_any(schema, {"$ref", "anyOf", "oneOf"})) {
      if (auto held = hold_value(schema, at); !held) return held;
    }
    return hold_parts(schema, at, depth);
  }

 private:
  static Result<void> refuse_keywords(Json& schema, const std::string& at) {
    for (const char* key : never_held) {
      if (schema.contains(key)) return refuse(at, std::string("`") + key + "` is not enforced");
    }
    if (schema.value("uniqueItems", Json(false)) != false) return refuse(at, "`uniqueItems` is not enforced");
    if (const auto found = schema.find("unevaluatedProperties"); found != schema.end()) {
      if (*found != false || has_any(schema, {"additionalProperties", "allOf", "$ref"})) {
        return refuse(at, "`unevaluatedProperties` is not enforced");
      }
      schema.erase(found);
      if (!has_any(schema, {"anyOf", "oneOf"})) schema["additionalProperties"] = false;
    }
    return {};
  }

  // Into one schema: what stands beside `allOf`, `anyOf`, `oneOf`.
  Result<void> merge(Json& schema, const std::string& at) {
    std::string why;
    if (!merger_.merge_all(schema, why) || !merger_.merge_into_alternatives(schema, why))
      return refuse(at, why);
    return {};
  }

  static Result<void> hold_value(Json& schema, const std::string& at) {
    if (has_any(schema, {"const", "enum"})) return hold_values(schema, at);
    if (!schema.contains("type")) {
      // Of a value of one type, keywords for others ask nothing.
      if (has_any(schema, {"properties", "required", "additionalProperties"})) {
        schema["type"] = "object";
      } else if (has_any(schema, {"items", "prefixItems", "minItems", "maxItems"})) {
        schema["type"] = "array";
      } else if (has_any(schema, {"pattern", "minLength", "maxLength"}) || has_known_format(schema)) {
        schema["type"] = "string";
      } else if (has_any(schema, {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})) {
        schema["type"] = "integer";
      }
    }
    const Json types = !schema.contains("type")    ? Json::array()
                       : schema["type"].is_array() ? schema["type"]
                                                   : Json::array({schema["type"]});
    for (const Json& type : types) {
      Result<void> held;
      if (type == "object") held = hold_object(schema, at);
      if (type == "string") held = hold_string(schema, at);
      if (type == "array") held = hold_array(schema, at);
      if (type == "integer") held = hold_integer(schema, at);
      if (type == "number" &&
          has_any(schema, {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})) {
        held = refuse(at, "bounds of a `number` are not enforced; those of an `integer` are");
      }
      if (!held) return held;
    }
    return {};
  }

  // Given values: those that the type allows.
  static Result<void> hold_values(Json& schema, const std::string& at) {
    for (const auto& [key, value] : schema.items()) {
      if (SchemaMerger::asserts(key) && key != "const" && key != "enum" && key != "type") {
        return refuse(at, "`" + key + "` is not enforced beside `const` or `enum`");
      }
    }
    Json values = schema.contains("const") ? Json::array({schema["const"]}) : schema["enum"];
    if (!values.is_array() || values.empty()) return {};  // told by the converter
    if (schema.contains("const") && schema.contains("enum")) {
      return refuse(at, "`const` and `enum` are not enforced together");
    }
    if (const auto type = schema.find("type"); type != schema.end()) {
      const Json types = type->is_array() ? *type : Json::array({*type});
      Json kept = Json::array();
      for (const Json& value : values) {
        if (std::ranges::any_of(types, [&](const Json& one) { return is_of_type(value, one); }))
          kept.push_back(value);
      }
      if (kept.empty()) return impossible(at, "no value is of the type");
      schema.erase("type");
      values = std::move(kept);
    }
    if (schema.contains("enum")) schema["enum"] = std::move(values);
    return {};
  }

  static Result<void> hold_object(Json& schema, const std::string& at) {
    const auto required = schema.find("required");
    if (required == schema.end()) return {};
    if (!required->is_array() ||
        !std::ranges::all_of(*required, [](const Json& name) { return name.is_string(); })) {
      return refuse(at, "`required` is no list of names");
    }
    if (required->empty()) return {};
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): the schema changes below, and may move it
    const Json names = *required;
    const Json others = schema.value("additionalProperties", Json(true));
    if (!schema.contains("properties")) {
      schema["properties"] = Json::object();
      schema["additionalProperties"] = others;
    }
    if (!schema["properties"].is_object()) return {};  // told by the converter
    for (const Json& name : names) {
      if (schema["properties"].contains(name.get_ref<const std::string&>())) continue;
      if (others == false)
        return impossible(at, "`required` names " + name.dump() + ", which is no property");
      schema["properties"][name.get<std::string>()] = others == true ? Json::object() : others;
    }
    return {};
  }

  static Result<void> hold_string(const Json& schema, const std::string& at) {
    if (schema.contains("pattern") &&
        (has_any(schema, {"minLength", "maxLength"}) || has_known_format(schema))) {
      return refuse(at, "lengths and a format are not enforced beside `pattern`; put the lengths into it");
    }
    if (has_known_format(schema) && has_any(schema, {"minLength", "maxLength"})) {
      return refuse(at, "lengths are not enforced beside `format`");
    }
    return in_order(schema, "minLength", "maxLength", at);
  }

  static Result<void> hold_array(Json& schema, const std::string& at) {
    if (schema.value("items", Json()) == false && !schema.contains("prefixItems")) {
      schema.erase("items");
      if (schema.value("minItems", Json(0)) != 0) return impossible(at, "no item is allowed");
      schema["prefixItems"] = Json::array();
    }
    const char* tuple = schema.contains("prefixItems") ? "prefixItems" : "items";
    const auto items = schema.find(tuple);
    if (items == schema.end() || !items->is_array()) return in_order(schema, "minItems", "maxItems", at);
    const std::size_t count = items->size();
    // Each once, and no more: what further ones would be is not asked.
    if (tuple == std::string_view("prefixItems")) schema.erase("items");
    const auto bound = [&](const char* key, std::size_t otherwise) {
      const auto found = schema.find(key);
      return found != schema.end() && found->is_number_unsigned() ? found->get<std::size_t>() : otherwise;
    };
    if (bound("minItems", 0) > count || bound("maxItems", count) < count) {
      return refuse(
          at,
          "a list of `prefixItems` has just these items; `minItems` or `maxItems` asks for another count");
    }
    return {};
  }

  static Result<void> hold_integer(Json& schema, const std::string& at) {
    for (const auto& [inclusive, exclusive, step] :
         {std::tuple{"minimum", "exclusiveMinimum", 1.0}, std::tuple{"maximum", "exclusiveMaximum", -1.0}}) {
      for (const char* key : {inclusive, exclusive}) {
        const auto found = schema.find(key);
        if (found == schema.end()) continue;
        if (!found->is_number()) return refuse(at, std::string("`") + key + "` is no number");
        if (found->is_number_float() && std::abs(found->get<double>()) > bound_max) {
          return refuse(at, std::string("`") + key + "` is no exact integer");
        }
      }
      if (!schema.contains(inclusive) || !schema.contains(exclusive)) continue;
      const bool inclusive_is_narrower =
          (schema[inclusive].get<double>() - schema[exclusive].get<double>()) * step > 0;
      schema.erase(inclusive_is_narrower ? exclusive : inclusive);
    }
    if (auto ordered = in_order(schema, "minimum", "maximum", at); !ordered) return ordered;
    const auto low = schema.find("exclusiveMinimum");
    const auto high = schema.find("exclusiveMaximum");
    const bool none = (low != schema.end() && schema.contains("maximum") && *low >= schema["maximum"]) ||
                      (high != schema.end() && schema.contains("minimum") && schema["minimum"] >= *high) ||
                      (low != schema.end() && high != schema.end() &&
                       std::floor(low->get<double>()) + 1 >= std::ceil(high->get<double>()));
    if (none) return impossible(at, "no integer is between its bounds");
    return {};
  }

  static Result<void> in_order(const Json& schema, const char* least, const char* most,
                               const std::string& at) {
    if (!schema.contains(least) || !schema.contains(most)) return {};
    if (!schema[least].is_number() || !schema[most].is_number()) return {};
    if (std::ceil(schema[least].get<double>()) <= std::floor(schema[most].get<double>())) return {};
    return impossible(at, std::string("`") + least + "` is above `" + most + "`");
  }

  Result<void> hold_parts(Json& schema, const std::string& at, std::size_t depth) {
    for (const char* key : {"properties", "$defs", "definitions"}) {
      const auto found = schema.find(key);
      if (found == schema.end() || !found->is_object()) continue;
      for (auto& [name, inner] : found->items()) {
        if (auto held = hold(inner, at + "/" + key + "/" + name, depth + 1); !held) return held;
      }
    }
    for (const char* key : {"items", "prefixItems", "additionalProperties", "oneOf", "anyOf"}) {
      const auto found = schema.find(key);
      if (found == schema.end() || found->is_boolean()) {
        if (key == std::string_view("items") && found != schema.end()) schema.erase(found);
        continue;
      }
      if (!found->is_array()) {
        if (auto held = hold(*found, at + "/" + key, depth + 1); !held) return held;
        continue;
      }
      for (std::size_t i = 0; i < found->size(); ++i) {
        if (auto held = hold((*found)[i], at + "/" + key + "/" + std::to_string(i), depth + 1); !held)
          return held;
      }
    }
    return {};
  }

  SchemaMerger merger_;
};

bool refers_to_root(const Json& schema) {
  if (schema.is_object()) {
    if (const auto ref = schema.find("$ref"); ref != schema.end() && *ref == "#") return true;
  }
  return schema.is_structured() && std::ranges::any_of(schema, refers_to_root);
}

}  // namespace

void move_references(Json& schema, const std::string& where) {
  if (!schema.is_object()) return;
  for (auto& [name, inner] : schema.items()) {
    if (name == "$ref" && inner.is_string()) {
      const auto& reference = inner.get_ref<const std::string&>();
      if (reference.starts_with('#')) inner = "#" + where + reference.substr(1);
    } else if (name == "properties" || name == "$defs" || name == "definitions") {
      // Names of the schema's own choice, whatever they are.
      if (!inner.is_object()) continue;
      for (auto& [chosen, part] : inner.items()) move_references(part, where);
    } else if (name == "enum" || name == "const" || name == "default" || name == "examples") {
      continue;
    } else if (inner.is_array()) {
      for (Json& part : inner) move_references(part, where);
    } else {
      move_references(inner, where);
    }
  }
}

void name_root(Json& schema) {
  if (!refers_to_root(schema)) return;
  move_references(schema, "/$defs/root-schema");
  Json whole{{"$ref", "#/$defs/root-schema"}};
  whole["$defs"]["root-schema"] = std::move(schema);
  schema = std::move(whole);
}

Result<void> hold_to_keywords(Json& schema) {
  return Holder(schema).hold(schema, "");
}

}  // namespace sluice::backends
