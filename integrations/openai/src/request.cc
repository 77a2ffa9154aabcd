#include "request.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "common_text.h"

namespace openai {
namespace {

using llm::invalid;
using llm::Json;
using llm::Options;
using llm::Outcome;
using llm::Role;

constexpr std::uint32_t logprobs_max = 20;
constexpr int schema_depth_max = 100;

std::string_view role_name(Role role) {
  switch (role) {
    case Role::system:
      return "system";
    case Role::assistant:
      return "assistant";
    case Role::tool:
      return "tool";
    case Role::user:
      break;
  }
  return "user";
}

Outcome<Json> message_json(const llm::Message& message) {
  Json json{{"role", role_name(message.role)}, {"content", message.content}};
  if (!message.tool_calls.empty()) {
    if (message.role != Role::assistant)
      return std::unexpected(invalid("only messages of the assistant have tool calls"));
    Json calls = Json::array();
    for (const llm::ToolCall& call : message.tool_calls) {
      calls.push_back({{"id", call.id},
                       {"type", "function"},
                       {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
    }
    json["tool_calls"] = std::move(calls);
    if (message.content.empty()) json["content"] = nullptr;
  }
  if (message.role == Role::tool) {
    if (!message.tool_call_id)
      return std::unexpected(invalid("a message of a tool names the call that it answers (tool-call-id)"));
    json["tool_call_id"] = *message.tool_call_id;
  }
  return json;
}

// OpenAI refuses to write a JSON object unless some message speaks of JSON.
bool speaks_of_json(const llm::Request& request) {
  return std::ranges::any_of(request.messages, [](const llm::Message& message) {
    return common::contains_ignoring_case(message.content, "json");
  });
}

Outcome<Json> messages_json(const llm::Request& request) {
  Json messages = Json::array();
  for (const llm::Message& message : request.messages) {
    Outcome<Json> json = message_json(message);
    if (!json) return json;
    messages.push_back(std::move(*json));
  }
  if (request.options.format.kind == llm::ResponseFormat::Kind::json_object && !speaks_of_json(request))
    messages.push_back({{"role", "system"}, {"content", "Answer with a JSON object."}});
  return messages;
}

bool is_strict(const Json& schema, int depth) {
  if (depth > schema_depth_max) return false;
  if (schema.is_array())
    return std::ranges::all_of(schema, [&](const Json& one) { return is_strict(one, depth + 1); });
  if (!schema.is_object()) return true;
  const Json* properties = llm::find(schema, "properties");
  const Json* type = llm::find(schema, "type");
  if (properties != nullptr || (type != nullptr && *type == "object")) {
    const Json* open = llm::find(schema, "additionalProperties");
    if (open == nullptr || *open != false || properties == nullptr || !properties->is_object()) return false;
    const Json& required = llm::items_of(schema, "required");
    for (const auto& [name, one] : properties->items()) {
      if (std::ranges::find(required, Json(name)) == required.end() || !is_strict(one, depth + 1))
        return false;
    }
  }
  for (const char* const key : {"items", "anyOf"}) {
    if (const Json* below = llm::find(schema, key); below != nullptr && !is_strict(*below, depth + 1))
      return false;
  }
  // What strict schemas have not.
  for (const char* const key : {"allOf", "oneOf", "not", "if", "patternProperties", "dependentSchemas"}) {
    if (schema.contains(key)) return false;
  }
  if (const Json* definitions = llm::find(schema, "$defs"); definitions != nullptr) {
    for (const auto& [name, one] : definitions->items()) {
      if (!is_strict(one, depth + 1)) return false;
    }
  }
  return true;
}

Outcome<Json> format_json(const llm::ResponseFormat& format, Strict strict) {
  using Kind = llm::ResponseFormat::Kind;
  if (format.kind == Kind::json_object) return Json{{"type", "json_object"}};
  if (format.kind == Kind::grammar) {
    return std::unexpected(
        invalid("grammars are for local models: ask for JSON by a schema, or link a local model"));
  }
  Outcome<Json> schema = llm::parse_object(format.text, "the schema of the answer");
  if (!schema) return schema;
  const bool closed = strict == Strict::always || (strict == Strict::fitting && is_strict_schema(*schema));
  Json named{{"name", "answer"}, {"schema", std::move(*schema)}};
  if (closed) named["strict"] = true;
  return Json{{"type", "json_schema"}, {"json_schema", std::move(named)}};
}

Outcome<Json> tools_json(const std::vector<llm::Tool>& tools) {
  Json list = Json::array();
  for (const llm::Tool& tool : tools) {
    Outcome<Json> schema = llm::parse_object(
        tool.parameters, "the parameters of the tool `" + common::one_line(tool.name, 64) + "`");
    if (!schema) return schema;
    Json function{{"name", tool.name}, {"parameters", std::move(*schema)}};
    if (!tool.description.empty()) function["description"] = tool.description;
    list.push_back({{"type", "function"}, {"function", std::move(function)}});
  }
  return list;
}

std::optional<llm::Problem> add_tools(const Options& options, Json& body) {
  if (options.tools.empty()) {
    if (options.tool_choice != llm::ToolChoice::required) return std::nullopt;
    return invalid("a tool is to be called, and there is none");
  }
  Outcome<Json> tools = tools_json(options.tools);
  if (!tools) return std::move(tools.error());
  body["tools"] = std::move(*tools);
  if (options.tool_choice == llm::ToolChoice::none) body["tool_choice"] = "none";
  if (options.tool_choice == llm::ToolChoice::required) body["tool_choice"] = "required";
  return std::nullopt;
}

std::optional<llm::Problem> add_sampling(const Options& options, LimitField limit, Json& body) {
  for (const auto& [key, value] :
       {std::pair("temperature", options.temperature), std::pair("top_p", options.top_p)}) {
    if (!value) continue;
    if (!std::isfinite(*value)) return invalid(std::string(key) + " is not a number");
    body[key] = llm::shortest(*value);
  }
  if (options.max_tokens) {
    body[limit == LimitField::max_tokens ? "max_tokens" : "max_completion_tokens"] = *options.max_tokens;
  }
  // The API's seeds are signed.
  if (options.seed) body["seed"] = *options.seed & static_cast<std::uint64_t>(INT64_MAX);
  if (!options.stop.empty()) body["stop"] = options.stop;
  if (!options.logprobs) return std::nullopt;
  if (*options.logprobs > logprobs_max)
    return invalid("logprobs: " + std::to_string(*options.logprobs) + " alternatives; 20 are the most");
  body["logprobs"] = true;
  if (*options.logprobs > 0) body["top_logprobs"] = *options.logprobs;
  return std::nullopt;
}

}  // namespace

bool is_strict_schema(const Json& schema) {
  const Json* type = llm::find(schema, "type");
  return type != nullptr && *type == "object" && is_strict(schema, 0);
}

Outcome<std::string> chat_body(const llm::Request& request, const OpenAiSettings& settings) {
  const Options& options = request.options;
  Outcome<std::string> model = llm::model_for(settings.common, options.model);
  if (!model) return std::unexpected(std::move(model.error()));
  Outcome<Json> messages = messages_json(request);
  if (!messages) return std::unexpected(std::move(messages.error()));
  if (messages->empty()) return std::unexpected(invalid("the chat has no message"));
  Json body{{"model", std::move(*model)}, {"messages", std::move(*messages)}};
  if (auto problem = add_sampling(options, settings.limit_field, body)) return std::unexpected(*problem);
  if (auto problem = add_tools(options, body)) return std::unexpected(*problem);
  if (options.format.kind != llm::ResponseFormat::Kind::text) {
    Outcome<Json> format = format_json(options.format, settings.strict);
    if (!format) return std::unexpected(std::move(format.error()));
    body["response_format"] = std::move(*format);
  }
  if (settings.common.streaming) {
    body["stream"] = true;
    if (settings.usage_in_stream) body["stream_options"] = {{"include_usage", true}};
  }
  return llm::dump(body);
}

}  // namespace openai
