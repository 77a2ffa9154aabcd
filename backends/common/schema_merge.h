// Several schemas that hold together, as one.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace sluice::backends {

class SchemaMerger {
 public:
  // References are resolved in `root`.
  explicit SchemaMerger(const nlohmann::ordered_json& root) : root_(root) {}

  // Whether the keyword asks something of a value, and is not a note about it.
  [[nodiscard]] static bool asserts(std::string_view keyword);

  // Both: false, and why: they cannot be one.
  // The schemas of `allOf` go into the schema.
  [[nodiscard]] bool merge_all(nlohmann::ordered_json& schema, std::string& why);
  // What stands beside `anyOf` or `oneOf` goes into each of them; beside `$ref`, nothing may stand.
  [[nodiscard]] bool merge_into_alternatives(nlohmann::ordered_json& schema, std::string& why);

 private:
  [[nodiscard]] bool merge(nlohmann::ordered_json& into, const nlohmann::ordered_json& from,
                           std::string& why);
  [[nodiscard]] const nlohmann::ordered_json* resolve(const nlohmann::ordered_json& schema) const;

  const nlohmann::ordered_json& root_;
  std::size_t copied_ = 0;
};

}  // namespace sluice::backends
