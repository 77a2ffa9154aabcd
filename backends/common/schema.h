// From a JSON schema to a grammar, within limits: a schema comes from outside, and a small one can ask for a
// huge grammar.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "common/result.h"

namespace sluice::backends {

struct SchemaLimits {
  static constexpr std::size_t bytes_max = 256 * 1024;
  static constexpr std::size_t depth_max = 64;
  static constexpr std::size_t name_bytes_max = 512;
  static constexpr std::size_t pattern_bytes_max = 1024;
  static constexpr std::size_t properties_max = 500;
  // Schemas within the schema, each as often as the grammar has to spell it out.
  static constexpr std::size_t parts_max = 10000;
  // A maximum beyond this is as good as none: no context holds so much. A minimum beyond it is refused.
  static constexpr std::uint64_t count_max = 20000;
};

// Parses JSON whose nesting is bounded, so that nothing that walks it runs out of stack. INVALID names
// `what`.
[[nodiscard]] Result<nlohmann::ordered_json> parse_json(std::string_view text, const char* what);

// INVALID, or nothing. Takes out bounds that are as good as none, and gives the whole a name where a part
// refers to it.
[[nodiscard]] Result<void> check_schema(nlohmann::ordered_json& schema);

// An answer is held to all that its schema says, or the schema is refused. The arguments of tools are held to
// what can be: their schemas are others', and who answers the call looks at them.
enum class SchemaUse : std::uint8_t { answer, tools };

// In GBNF, with the rule `root`.
[[nodiscard]] Result<std::string> schema_to_grammar(std::string_view schema,
                                                    SchemaUse use = SchemaUse::answer);

}  // namespace sluice::backends
