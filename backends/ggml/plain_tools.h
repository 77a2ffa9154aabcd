// Tool calls for models whose chat template knows of no tools: the system message tells of the tools, and a
// call is written as JSON, {"tool_calls":[{"name":…,"arguments":{…}}]}, which a grammar holds to the schemas.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "result.h"

namespace sluice::ggml {

// The messages, told of the tools (a list as of OpenAI's API; empty: of none), with calls and results within
// them as text.
[[nodiscard]] nlohmann::ordered_json tell_of_tools(const nlohmann::ordered_json& messages,
                                                   const nlohmann::ordered_json& tools);

// The grammar of an answer that calls one of the tools, or several of them. INVALID says which schema is to
// blame.
enum class Calls : std::uint8_t { one, several };
[[nodiscard]] Result<std::string> calls_grammar(const nlohmann::ordered_json& tools, Calls calls);

// What an answer begins its calls with; where it comes, the grammar begins.
inline constexpr std::string_view calls_begin = "{\"tool_calls\"";

// The message that an answer is. Calls that were cut off are text; `partial`: an answer that goes on, of
// which only what surely is text counts.
[[nodiscard]] nlohmann::ordered_json read_calls(std::string_view answer, bool partial);

}  // namespace sluice::ggml
