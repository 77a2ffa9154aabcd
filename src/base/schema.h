// JSON schema (draft 2020-12) of types: what a schema accepts is what from_json reads. Only keywords that
// tools for models know widely are used; there is no `$ref`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "base/type.h"

namespace sluice {

// For `$schema`, where a schema stands alone.
inline constexpr std::string_view schema_dialect = "https://json-schema.org/draft/2020-12/schema";

[[nodiscard]] nlohmann::json schema_of(const Type& type);

// The parameters as one object, with the function's docs as its `description`.
[[nodiscard]] nlohmann::json schema_of_parameters(const FunctionType& function);

// The record that this object is, for from_json. Its fields are the parameters in their order.
[[nodiscard]] Type parameters_as_record(const FunctionType& function);

}  // namespace sluice
