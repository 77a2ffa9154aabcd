// What a schema says against what llama.cpp makes of it: its converter passes over keywords without a word.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/result.h"

namespace sluice::backends {

// For a schema that becomes a part of another, at the JSON pointer `where`: its references stay its own.
void move_references(nlohmann::ordered_json& schema, const std::string& where);

// Makes references to the whole schema ("#") references to a definition, which the converter knows.
void name_root(nlohmann::ordered_json& schema);

// Rewrites a schema so that every answer by its grammar is valid by the schema: names that are required get
// a property, what stands beside `anyOf` goes into each alternative, `allOf` becomes one schema. INVALID: a
// keyword that cannot be held to, with the JSON pointer of its place; or nothing satisfies it.
[[nodiscard]] Result<void> hold_to_keywords(nlohmann::ordered_json& schema);

}  // namespace sluice::backends
