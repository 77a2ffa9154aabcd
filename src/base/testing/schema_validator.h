// A validator for the keywords of JSON schema (2020-12) that schema_of uses, written from the standard and
// apart from from_json. An unknown keyword throws: it would otherwise be taken for one that holds.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>

namespace sluice::testing_support {

class SchemaValidator {
 public:
  using Json = nlohmann::json;

  [[nodiscard]] static bool accepts(const Json& schema, const Json& value) {
    if (schema.is_boolean()) return schema.get<bool>();
    for (const auto& [keyword, operand] : schema.items()) {
      if (!holds(keyword, operand, schema, value)) return false;
    }
    return true;
  }

 private:
  static bool holds(const std::string& keyword, const Json& operand, const Json& schema, const Json& value) {
    if (keyword == "type") return is_type(operand.get<std::string>(), value);
    if (keyword == "enum") return std::ranges::find(operand, value) != operand.end();
    if (keyword == "anyOf") {
      return std::ranges::any_of(operand, [&](const Json& branch) { return accepts(branch, value); });
    }
    if (keyword == "description" || keyword == "contentEncoding") return true;
    if (const auto number = number_rule(keyword, operand, value)) return *number;
    if (const auto text = text_rule(keyword, operand, value)) return *text;
    if (const auto array = array_rule(keyword, operand, schema, value)) return *array;
    if (const auto object = object_rule(keyword, operand, schema, value)) return *object;
    throw std::logic_error("unknown keyword " + keyword);
  }

  static bool is_type(const std::string& type, const Json& value) {
    if (type == "null") return value.is_null();
    if (type == "boolean") return value.is_boolean();
    if (type == "string") return value.is_string();
    if (type == "array") return value.is_array();
    if (type == "object") return value.is_object();
    if (type == "number") return value.is_number();
    if (type == "integer") {
      return value.is_number() &&
             (!value.is_number_float() || value.get<double>() == std::trunc(value.get<double>()));
    }
    throw std::logic_error("unknown type " + type);
  }

  // Holds every 64-bit integer and every double exactly. (The library's own comparison makes -1 of the
  // largest u64.)
  static long double exact(const Json& number) {
    if (number.is_number_unsigned()) return static_cast<long double>(number.get<std::uint64_t>());
    if (number.is_number_integer()) return static_cast<long double>(number.get<std::int64_t>());
    return static_cast<long double>(number.get<double>());
  }

  static std::optional<bool> number_rule(const std::string& keyword, const Json& operand, const Json& value) {
    static_assert(std::numeric_limits<long double>::digits >= 64);
    const bool applies = value.is_number();
    if (keyword == "minimum") return !applies || exact(value) >= exact(operand);
    if (keyword == "maximum") return !applies || exact(value) <= exact(operand);
    if (keyword == "exclusiveMinimum") return !applies || exact(value) > exact(operand);
    if (keyword == "exclusiveMaximum") return !applies || exact(value) < exact(operand);
    return std::nullopt;
  }

  static std::size_t code_points(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
  }

  static std::optional<bool> text_rule(const std::string& keyword, const Json& operand, const Json& value) {
    const std::string text = value.is_string() ? value.get<std::string>() : std::string();
    const bool applies = value.is_string();
    if (keyword == "minLength") return !applies || code_points(text) >= operand.get<std::size_t>();
    if (keyword == "maxLength") return !applies || code_points(text) <= operand.get<std::size_t>();
    if (keyword == "pattern")
      return !applies || std::regex_search(text, std::regex(operand.get<std::string>()));
    return std::nullopt;
  }

  static std::optional<bool> array_rule(const std::string& keyword, const Json& operand, const Json& schema,
                                        const Json& value) {
    const bool applies = value.is_array();
    if (keyword == "minItems") return !applies || value.size() >= operand.get<std::size_t>();
    if (keyword == "maxItems") return !applies || value.size() <= operand.get<std::size_t>();
    if (keyword == "uniqueItems") {
      return !applies || std::set<Json>(value.begin(), value.end()).size() == value.size();
    }
    if (keyword == "prefixItems") {
      for (std::size_t i = 0; applies && i < std::min(operand.size(), value.size()); ++i) {
        if (!accepts(operand[i], value[i])) return false;
      }
      return true;
    }
    if (keyword == "items") {
      const std::size_t begin = schema.contains("prefixItems") ? schema["prefixItems"].size() : 0;
      for (std::size_t i = begin; applies && i < value.size(); ++i) {
        if (!accepts(operand, value[i])) return false;
      }
      return true;
    }
    return std::nullopt;
  }

  static std::optional<bool> object_rule(const std::string& keyword, const Json& operand, const Json& schema,
                                         const Json& value) {
    const bool applies = value.is_object();
    if (keyword == "required") {
      return !applies || std::ranges::all_of(operand, [&](const Json& name) { return value.contains(name); });
    }
    if (keyword == "properties") {
      for (const auto& [name, part] : operand.items()) {
        if (applies && value.contains(name) && !accepts(part, value[name])) return false;
      }
      return true;
    }
    if (keyword == "additionalProperties") {
      if (!applies) return true;
      for (const auto& [name, part] : value.items()) {
        const bool listed = schema.contains("properties") && schema["properties"].contains(name);
        if (!listed && !accepts(operand, part)) return false;
      }
      return true;
    }
    return std::nullopt;
  }
};

}  // namespace sluice::testing_support
