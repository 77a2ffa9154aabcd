#include "common/schema.h"

#include <json-schema-to-grammar.h>

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>

#include "common/grammar_rules.h"
#include "common/schema_keywords.h"

namespace sluice::backends {
namespace {

using Json = nlohmann::ordered_json;

std::unexpected<Failed> refuse(const std::string& why) {
  return failed(SLUICE_NN_INVALID, "the JSON schema " + why);
}

// How deep brackets nest outside of strings.
std::size_t nesting(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (in_string) {
      if (letter == '\\') ++i;
      if (letter == '"') in_string = false;
    } else if (letter == '"') {
      in_string = true;
    } else if (letter == '{' || letter == '[') {
      deepest = std::max(deepest, ++depth);
    } else if ((letter == '}' || letter == ']') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

class Checker {
 public:
  Result<void> check(Json& schema, std::size_t times) {
    if (!schema.is_object()) return {};
    parts_ += times;
    if (parts_ > SchemaLimits::parts_max) {
      return refuse("spells out to more than " + std::to_string(SchemaLimits::parts_max) +
                    " parts; simplify it");
    }
    if (auto texts = check_texts(schema); !texts) return texts;
    if (auto bounds = check_bounds(schema); !bounds) return bounds;
    // A list of types is spelt out as one alternative for each.
    if (const auto type = schema.find("type"); type != schema.end() && type->is_array()) {
      times *= std::max<std::size_t>(type->size(), 1);
    }
    for (const char* key : {"properties", "$defs", "definitions"}) {
      const auto found = schema.find(key);
      if (found == schema.end() || !found->is_object()) continue;
      if (found->size() > SchemaLimits::properties_max) {
        return refuse("has more than " + std::to_string(SchemaLimits::properties_max) + " " + key +
                      " in one object");
      }
      for (auto& [name, inner] : found->items()) {
        if (name.size() > SchemaLimits::name_bytes_max)
          return refuse("has a name of " + std::to_string(name.size()) + " bytes");
        if (auto checked = check(inner, times); !checked) return checked;
      }
    }
    for (const char* key : {"items", "prefixItems", "additionalProperties", "oneOf", "anyOf", "allOf"}) {
      const auto found = schema.find(key);
      if (found == schema.end()) continue;
      if (!found->is_array()) {
        if (auto checked = check(*found, times); !checked) return checked;
        continue;
      }
      for (Json& inner : *found) {
        if (auto checked = check(inner, times); !checked) return checked;
      }
    }
    return {};
  }

 private:
  static Result<void> check_texts(const Json& schema) {
    if (const auto pattern = schema.find("pattern");
        pattern != schema.end() && pattern->is_string() &&
        pattern->get_ref<const std::string&>().size() > SchemaLimits::pattern_bytes_max) {
      return refuse("has a pattern longer than " + std::to_string(SchemaLimits::pattern_bytes_max) +
                    " bytes");
    }
    if (const auto ref = schema.find("$ref");
        ref != schema.end() && ref->is_string() &&
        ref->get_ref<const std::string&>().size() > SchemaLimits::name_bytes_max) {
      return refuse("has a $ref longer than " + std::to_string(SchemaLimits::name_bytes_max) + " bytes");
    }
    return {};
  }

  static Result<void> check_bounds(Json& schema) {
    for (const char* key : {"minItems", "minLength", "maxItems", "maxLength"}) {
      const auto found = schema.find(key);
      if (found == schema.end()) continue;
      if (!found->is_number() || found->get<double>() < 0 || !found->is_number_integer()) {
        return refuse(std::string("has a ") + key + " that is no count");
      }
      const bool large = found->get<double>() > static_cast<double>(SchemaLimits::count_max);
      if (large && key[1] == 'i') {
        return refuse(std::string("has a ") + key + " of " + found->dump() + "; at most " +
                      std::to_string(SchemaLimits::count_max));
      }
      if (large) schema.erase(found);
    }
    return {};
  }

  std::size_t parts_ = 0;
};

Result<std::string> convert(const Json& schema) {
  try {
    return json_schema_to_grammar(common_json::parse(schema.dump()), /*force_gbnf=*/true);
  } catch (const std::exception& problem) {
    return refuse(std::string("makes no grammar: ") + problem.what());
  }
}

// A pattern that it does not know, the converter takes as any text.
Result<void> check_patterns(const Json& schema) {
  if (!schema.is_structured()) return {};
  if (schema.is_object()) {
    const auto pattern = schema.find("pattern");
    if (pattern != schema.end() && pattern->is_string()) {
      const auto alone = convert({{"type", "string"}, {"pattern", *pattern}});
      if (!alone) return std::unexpected(alone.error());
      if (alone->contains("root ::= string\n")) {
        return refuse(
            "has a pattern that cannot be held to (it needs ^ at its beginning, $ at its end, and no "
            "look-around): " +
            pattern->get<std::string>());
      }
    }
  }
  for (const Json& inner : schema) {
    if (auto checked = check_patterns(inner); !checked) return checked;
  }
  return {};
}

}  // namespace

Result<Json> parse_json(std::string_view text, const char* what) {
  if (const std::size_t depth = nesting(text); depth > SchemaLimits::depth_max) {
    return failed(SLUICE_NN_INVALID, std::string(what) + " nests " + std::to_string(depth) +
                                         " deep; at most " + std::to_string(SchemaLimits::depth_max));
  }
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::exception& problem) {
    return failed(SLUICE_NN_INVALID, std::string(what) + " is no JSON: " + problem.what());
  }
}

Result<void> check_schema(Json& schema) {
  if (!schema.is_object()) return refuse("is no object");
  name_root(schema);
  return Checker{}.check(schema, 1);
}

Result<std::string> schema_to_grammar(std::string_view text, SchemaUse use) {
  if (text.size() > SchemaLimits::bytes_max) {
    return refuse("has " + std::to_string(text.size()) + " bytes; at most " +
                  std::to_string(SchemaLimits::bytes_max));
  }
  auto schema = parse_json(text, "the JSON schema");
  if (!schema) return std::unexpected(schema.error());
  if (auto checked = check_schema(*schema); !checked) return std::unexpected(checked.error());
  // Nothing said means any object.
  if (schema->empty()) (*schema)["type"] = "object";
  if (use == SchemaUse::answer) {
    if (auto held = hold_to_keywords(*schema); !held) return std::unexpected(held.error());
    // It may have grown.
    if (auto checked = Checker{}.check(*schema, 1); !checked) return std::unexpected(checked.error());
    if (auto patterns = check_patterns(*schema); !patterns) return std::unexpected(patterns.error());
  }
  auto grammar = convert(*schema);
  if (!grammar) return grammar;
  // A schema that refers to nothing but itself makes a grammar without texts.
  if (auto rules = GrammarRules::parse(*grammar, nullptr); !rules) return std::unexpected(rules.error());
  return grammar;
}

}  // namespace sluice::backends
