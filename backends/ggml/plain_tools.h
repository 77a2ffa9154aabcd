// Tools for models whose chat template knows none: told of in the system message, called by JSON in the
// answer.
//
// The form, one entry for each call: {"tool_calls":[{"name":"NAME","arguments":{…}}]}
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "common/result.h"

namespace sluice::backends::ggml {

// Where calls begin, as a regular expression: from its first group on, the grammar holds.
inline constexpr std::string_view plain_call_pattern = R"((\{\s*"tool_calls"))";

// Whether an answer may call tools, or has to.
enum class ToolUse : std::uint8_t { none, wanted, required };

// Rewrites the messages of a chat request, so that they are texts of system, user and assistant alone: tools
// are described to the model where they are to be used, calls and results of earlier turns become text.
// INVALID: a message whose content cannot be put together with another text.
[[nodiscard]] Result<void> tell_of_tools(nlohmann::ordered_json& request, ToolUse use);

// In GBNF: the calls that the request's tools allow. INVALID: their schemas together are beyond a limit.
[[nodiscard]] Result<std::string> plain_grammar(const nlohmann::ordered_json& request);

// The message in an answer, so far if `partial`: "content" and "tool_calls". Nothing of a call, nor of what
// may become one, is content. Of a list that was cut short, the calls that are whole; JSON that is no call is
// content.
[[nodiscard]] nlohmann::ordered_json read_plain_calls(std::string_view text, bool partial);

}  // namespace sluice::backends::ggml
