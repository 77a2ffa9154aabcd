#include "common/schema_merge.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

namespace sluice::backends {
namespace {

using Json = nlohmann::ordered_json;

// What a schema may grow by; a small one could otherwise ask for a huge one.
constexpr std::size_t copied_bytes_max = 1024 * 1024;
constexpr std::size_t inlined_max = 100;

constexpr std::array asserting{"$ref",
                               "type",
                               "const",
                               "enum",
                               "anyOf",
                               "oneOf",
                               "allOf",
                               "properties",
                               "required",
                               "additionalProperties",
                               "items",
                               "prefixItems",
                               "minItems",
                               "maxItems",
                               "minLength",
                               "maxLength",
                               "pattern",
                               "format",
                               "minimum",
                               "maximum",
                               "exclusiveMinimum",
                               "exclusiveMaximum"};

// Properties of one that the other, which allows no others, does not have.
bool shuts_out(const Json& closed, const Json& other) {
  const auto rest = closed.find("additionalProperties");
  if (rest == closed.end() || *rest == true || !other.contains("properties")) return false;
  const Json own = closed.value("properties", Json::object());
  for (const auto& [name, inner] : other["properties"].items()) {
    if (!own.contains(name)) return true;
  }
  return false;
}

}  // namespace

bool SchemaMerger::asserts(std::string_view keyword) {
  return std::ranges::find(asserting, keyword) != asserting.end();
}

const Json* SchemaMerger::resolve(const Json& schema) const {
  const Json* target = &root_;
  const Json& reference = schema.at("$ref");
  if (!reference.is_string() || !reference.get_ref<const std::string&>().starts_with("#/")) return nullptr;
  const std::string& text = reference.get_ref<const std::string&>();
  for (std::size_t at = 1; at < text.size();) {
    const std::size_t end = std::min(text.find('/', at + 1), text.size());
    const std::string name = text.substr(at + 1, end - at - 1);
    if (!target->is_object() || !target->contains(name)) return nullptr;
    target = &target->at(name);
    at = end;
  }
  return target;
}

bool SchemaMerger::merge(Json& into, const Json& from, std::string& why) {
  if (!into.is_object() || !from.is_object()) {
    why = "a part of it is no schema";
    return false;
  }
  copied_ += from.dump().size();
  if (copied_ > copied_bytes_max) {
    why = "its parts, put together, are too large";
    return false;
  }
  if (shuts_out(into, from) || shuts_out(from, into)) {
    why = "`additionalProperties` of one part is not enforced with the `properties` of another";
    return false;
  }
  for (const auto& [key, value] : from.items()) {
    if (key == "$defs" || key == "definitions") continue;
    const auto there = into.find(key);
    if (there == into.end()) {
      into[key] = value;
    } else if (key == "required" && there->is_array() && value.is_array()) {
      for (const Json& name : value) {
        if (std::ranges::find(*there, name) == there->end()) there->push_back(name);
      }
    } else if (key == "properties" && there->is_object() && value.is_object()) {
      for (const auto& [name, inner] : value.items()) {
        if (!there->contains(name)) {
          (*there)[name] = inner;
        } else if ((*there)[name] != inner) {
          why = "two of its parts speak of the property `" + name + "`";
          return false;
        }
      }
    } else if (*there != value && asserts(key)) {
      why = "two of its parts have `" + key + "`, which are not enforced together";
      return false;
    }
  }
  return true;
}

bool SchemaMerger::merge_all(Json& schema, std::string& why) {
  for (std::size_t times = 0; schema.contains("allOf"); ++times) {
    const Json parts = schema["allOf"];
    if (!parts.is_array() || parts.empty()) return true;  // told by the converter
    if (times > inlined_max) {
      why = "its parts include each other without end";
      return false;
    }
    schema.erase("allOf");
    Json inner = Json::array();
    for (const Json& part : parts) {
      const Json* one = &part;
      for (std::size_t jumps = 0; one->is_object() && one->contains("$ref") && !parts.empty(); ++jumps) {
        one = jumps > inlined_max ? nullptr : resolve(*one);
        if (one == nullptr) {
          why = "a `$ref` in its `allOf` leads nowhere";
          return false;
        }
      }
      Json copy = *one;
      if (copy.is_object() && copy.contains("allOf")) {
        if (copy["allOf"].is_array()) {
          for (Json& more : copy["allOf"]) inner.push_back(std::move(more));
        }
        copy.erase("allOf");
      }
      if (!merge(schema, copy, why)) return false;
    }
    if (!inner.empty()) schema["allOf"] = std::move(inner);
  }
  return true;
}

bool SchemaMerger::merge_into_alternatives(Json& schema, std::string& why) {
  const char* key = schema.contains("oneOf") ? "oneOf" : "anyOf";
  const bool refers = schema.contains("$ref");
  if (!refers && !schema.contains(key)) return true;
  Json beside = Json::object();
  std::vector<std::string> names;
  for (const auto& [name, value] : schema.items()) {
    if (name == (refers ? "$ref" : key) || !asserts(name)) continue;
    beside[name] = value;
    names.push_back(name);
  }
  if (names.empty()) return true;
  if (refers || beside.contains("anyOf")) {
    why = "`" + names.front() + "` is not enforced beside `" + (refers ? "$ref" : key) + "`";
    return false;
  }
  if (!schema[key].is_array()) return true;  // told by the converter
  for (Json& alternative : schema[key]) {
    if (alternative == true) alternative = Json::object();
    if (alternative.is_object() && alternative.contains("$ref")) {
      const Json* target = resolve(alternative);
      // A type that is the same is no more than is said already.
      if (target != nullptr && names.size() == 1 && beside.contains("type") && target->is_object() &&
          target->value("type", Json()) == beside["type"]) {
        continue;
      }
      why = "`" + names.front() + "` is not enforced beside a `$ref` in `" + key + "`";
      return false;
    }
    Json merged = beside;
    if (!merge(merged, alternative, why)) return false;
    alternative = std::move(merged);
  }
  for (const std::string& name : names) schema.erase(name);
  return true;
}

}  // namespace sluice::backends
