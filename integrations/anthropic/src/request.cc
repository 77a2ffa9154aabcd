#include "request.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common_text.h"
#include "json.h"

namespace anthropic {
namespace {

using llm::invalid;
using llm::Json;
using llm::Options;
using llm::Outcome;
using llm::Role;
using Kind = llm::ResponseFormat::Kind;

// What stands where the API wants the user to speak first.
constexpr std::string_view opening = "Begin.";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// Ids of calls may come from other providers, which allow more.
std::string safe_id(std::string_view id) {
  std::string safe(id);
  std::ranges::replace_if(
      safe,
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                 c == '-');
      },
      '_');
  return safe;
}

Json text_block(std::string_view text) {
  return {{"type", "text"}, {"text", text}};
}

// The messages, with each role's neighbours made one message, as the API wants them.
class Turns {
 public:
  std::optional<llm::Problem> add(const llm::Message& message) {
    switch (message.role) {
      case Role::system:
        if (is_blank(message.content)) break;
        if (!system_.empty()) system_ += "\n\n";
        system_ += message.content;
        break;
      case Role::user:
        if (!is_blank(message.content)) blocks("user").push_back(text_block(message.content));
        break;
      case Role::tool:
        return add_result(message);
      case Role::assistant:
        return add_assistant(message);
    }
    if (message.tool_calls.empty()) return std::nullopt;
    return invalid("only messages of the assistant have tool calls");
  }

  [[nodiscard]] const std::string& system() const { return system_; }
  [[nodiscard]] const std::vector<std::string>& tools_used() const { return tools_used_; }

  // At least one message, the user's first.
  Json take() && {
    if (turns_.empty()) blocks("user").push_back(text_block(opening));
    // The model goes on from the assistant's last words, and the API wants no blanks at their end.
    Json& last = turns_.back();
    if (last["role"] == "assistant" && last["content"].back()["type"] == "text") {
      std::string& text = *last["content"].back()["text"].get_ptr<std::string*>();
      text.erase(text.find_last_not_of(" \t\r\n") + 1);
    }
    return std::move(turns_);
  }

 private:
  Json& blocks(std::string_view role) {
    if (turns_.empty() && role == "assistant") blocks("user").push_back(text_block(opening));
    if (turns_.empty() || turns_.back()["role"] != role)
      turns_.push_back({{"role", role}, {"content", Json::array()}});
    return turns_.back()["content"];
  }

  std::optional<llm::Problem> add_result(const llm::Message& message) {
    if (!message.tool_call_id)
      return invalid("a message of a tool names the call that it answers (tool-call-id)");
    Json& content = blocks("user");
    // Results come before what the user says.
    const auto texts =
        std::ranges::find_if(content, [](const Json& block) { return block["type"] == "text"; });
    content.insert(texts, Json{{"type", "tool_result"},
                               {"tool_use_id", safe_id(*message.tool_call_id)},
                               {"content", message.content}});
    return std::nullopt;
  }

  std::optional<llm::Problem> add_assistant(const llm::Message& message) {
    if (is_blank(message.content) && message.tool_calls.empty()) return std::nullopt;
    Json& content = blocks("assistant");
    if (!is_blank(message.content)) content.push_back(text_block(message.content));
    for (const llm::ToolCall& call : message.tool_calls) {
      Outcome<Json> input =
          llm::parse_object(call.arguments.empty() ? "{}" : call.arguments,
                            "the arguments of the call of `" + common::one_line(call.name, 64) + "`");
      if (!input) return std::move(input.error());
      content.push_back({{"type", "tool_use"},
                         {"id", safe_id(call.id)},
                         {"name", call.name},
                         {"input", std::move(*input)}});
      if (std::ranges::find(tools_used_, call.name) == tools_used_.end()) tools_used_.push_back(call.name);
    }
    return std::nullopt;
  }

  std::string system_;
  std::vector<std::string> tools_used_;
  Json turns_ = Json::array();
};

std::optional<llm::Problem> add_sampling(const Options& options, const AnthropicSettings& settings,
                                         Json& body) {
  if (options.logprobs) return invalid("Anthropic's API has no log probabilities (logprobs)");
  if (options.format.kind == Kind::grammar) {
    return invalid("grammars are for local models: ask for JSON by a schema, or link a local model");
  }
  for (const auto& [key, value] :
       {std::pair("temperature", options.temperature), std::pair("top_p", options.top_p)}) {
    if (!value) continue;
    if (!std::isfinite(*value)) return invalid(std::string(key) + " is not a number");
    body[key] = llm::shortest(*value);
  }
  body["max_tokens"] = options.max_tokens.value_or(settings.max_tokens);
  if (!options.stop.empty()) body["stop_sequences"] = options.stop;
  return std::nullopt;
}

Outcome<Json> tools_json(const std::vector<llm::Tool>& tools) {
  Json list = Json::array();
  for (const llm::Tool& tool : tools) {
    Outcome<Json> schema = llm::parse_object(
        tool.parameters, "the parameters of the tool `" + common::one_line(tool.name, 64) + "`");
    if (!schema) return schema;
    if (!schema->contains("type")) (*schema)["type"] = "object";
    Json json{{"name", tool.name}, {"input_schema", std::move(*schema)}};
    if (!tool.description.empty()) json["description"] = tool.description;
    list.push_back(std::move(json));
  }
  return list;
}

bool is_of_object(const Json& schema) {
  const Json* type = llm::find(schema, "type");
  return type != nullptr && *type == "object";
}

// The tool that takes an answer in JSON.
Outcome<Json> answer_tool(const Options& options, const JsonAnswer& form) {
  Json input{{"type", "object"}};
  if (options.format.kind == Kind::json_schema) {
    Outcome<Json> schema = llm::parse_object(options.format.text, "the schema of the answer");
    if (!schema) return schema;
    if (form.wrapped) {
      input["properties"] = {{"answer", std::move(*schema)}};
      input["required"] = {"answer"};
    } else {
      input = std::move(*schema);
    }
  }
  return Json{{"name", form.tool},
              {"description", "Takes your answer. Give the whole answer as its input."},
              {"input_schema", std::move(input)}};
}

std::optional<llm::Problem> add_tools(const Options& options, const std::vector<std::string>& used,
                                      Json& body) {
  Outcome<Json> tools = tools_json(options.tools);
  if (!tools) return std::move(tools.error());
  const bool has_own = !tools->empty();
  const JsonAnswer form = json_answer_of(options);
  if (!form.tool.empty()) {
    Outcome<Json> answer = answer_tool(options, form);
    if (!answer) return std::move(answer.error());
    tools->push_back(std::move(*answer));
    // Beside tools of its own the model chooses between them and the answer.
    const bool choice = has_own && options.tool_choice != llm::ToolChoice::none;
    body["tool_choice"] =
        choice ? Json{{"type", "any"}}
               : Json{{"type", "tool"}, {"name", form.tool}, {"disable_parallel_tool_use", true}};
  } else if (has_own && options.tool_choice == llm::ToolChoice::none) {
    body["tool_choice"] = {{"type", "none"}};
  } else if (has_own && options.tool_choice == llm::ToolChoice::required) {
    body["tool_choice"] = {{"type", "any"}};
  } else if (!has_own && options.tool_choice == llm::ToolChoice::required) {
    return invalid("a tool is to be called, and there is none");
  }
  if (tools->empty() && !used.empty()) {
    // The API wants to know the tools of a conversation even where no more may be called.
    for (const std::string& name : used)
      tools->push_back({{"name", name}, {"input_schema", {{"type", "object"}}}});
    body["tool_choice"] = {{"type", "none"}};
  }
  if (!tools->empty()) body["tools"] = std::move(*tools);
  return std::nullopt;
}

}  // namespace

JsonAnswer json_answer_of(const Options& options) {
  if (options.format.kind != Kind::json_object && options.format.kind != Kind::json_schema) return {};
  JsonAnswer form{"answer", false};
  while (std::ranges::find(options.tools, form.tool, &llm::Tool::name) != options.tools.end())
    form.tool += '_';
  if (options.format.kind == Kind::json_schema) {
    const auto schema = sluice::guest::json::parse(options.format.text);
    form.wrapped = schema && !is_of_object(*schema);
  }
  return form;
}

Outcome<std::string> messages_body(const llm::Request& request, const AnthropicSettings& settings) {
  Outcome<std::string> model = llm::model_for(settings.common, request.options.model);
  if (!model) return std::unexpected(std::move(model.error()));
  Turns turns;
  for (const llm::Message& message : request.messages) {
    if (auto problem = turns.add(message)) return std::unexpected(std::move(*problem));
  }
  if (request.messages.empty()) return std::unexpected(invalid("the chat has no message"));
  Json body{{"model", std::move(*model)}};
  if (!turns.system().empty()) body["system"] = turns.system();
  if (auto problem = add_sampling(request.options, settings, body))
    return std::unexpected(std::move(*problem));
  if (auto problem = add_tools(request.options, turns.tools_used(), body))
    return std::unexpected(std::move(*problem));
  body["messages"] = std::move(turns).take();
  if (settings.common.streaming) body["stream"] = true;
  return llm::dump(body);
}

}  // namespace anthropic
