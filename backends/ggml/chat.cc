#include "chat.h"

#include <chat.h>

#include <array>
#include <exception>
#include <nlohmann/json.hpp>

#include "log.h"
#include "schema.h"
#include "vocabulary.h"

namespace sluice::ggml {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array roles{"system", "developer", "user", "assistant", "tool"};

std::unexpected<Failed> refuse(std::string why) {
  return failed(SLUICE_NN_INVALID, std::move(why));
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<void> check_messages(const Json& request) {
  const auto messages = request.find("messages");
  if (messages == request.end() || !messages->is_array() || messages->empty())
    return refuse("the chat has no messages");
  for (const Json& message : *messages) {
    const auto role = message.find("role");
    if (!message.is_object() || role == message.end() || !role->is_string())
      return refuse("a message has no role");
    bool known = false;
    for (const char* name : roles) known = known || *role == name;
    if (!known) return refuse("a message has the unknown role '" + role->get<std::string>() + "'");
  }
  return {};
}

// The schemas of tools become a grammar too. They come as JSON in the request, or as text within it.
Result<void> check_tools(Json& tools) {
  if (!tools.is_array()) return refuse("'tools' is no list");
  for (Json& tool : tools) {
    if (!tool.is_object() || !tool.contains("function") || !tool["function"].is_object() ||
        !tool["function"].contains("name") || !tool["function"]["name"].is_string()) {
      return refuse("a tool has no name");
    }
    Json& function = tool["function"];
    const std::string name = function["name"].get<std::string>();
    const auto found = function.find("parameters");
    if (found == function.end() || found->is_null()) continue;
    if (found->is_string()) {
      auto parsed = parse_json(found->get_ref<const std::string&>(), "the schema of a tool");
      if (!parsed) return std::unexpected(parsed.error());
      *found = std::move(*parsed);
    }
    if (dump(*found).size() > SchemaLimits::bytes_max)
      return refuse("the schema of tool '" + name + "' is too large");
    if (auto checked = check_schema(*found); !checked) {
      return refuse("tool '" + name + "': " + checked.error().text);
    }
  }
  return {};
}

// The grammar that `response_format` asks for; empty: none.
Result<std::string> format_grammar(const Json& request) {
  const auto format = request.find("response_format");
  if (format == request.end() || format->is_null()) return std::string();
  const std::string type = format->is_object() ? format->value("type", "") : "";
  if (type == "text") return std::string();
  if (type == "json_object") return schema_to_grammar(R"({"type":"object"})");
  if (type == "json_schema") {
    const auto schema = format->find("schema");
    if (schema == format->end()) return refuse("response_format has no schema");
    return schema_to_grammar(schema->is_string() ? schema->get<std::string>() : dump(*schema));
  }
  if (type == "grammar") {
    const auto grammar = format->find("grammar");
    if (grammar == format->end() || !grammar->is_string()) return refuse("response_format has no grammar");
    return grammar->get<std::string>();
  }
  return refuse("response_format has the unknown type '" + type + "'");
}

common_chat_templates_inputs inputs_of(const Json& request) {
  common_chat_templates_inputs inputs;
  inputs.messages = common_chat_msgs_parse_oaicompat(common_json::parse(dump(request.at("messages"))));
  if (const auto tools = request.find("tools");
      tools != request.end() && tools->is_array() && !tools->empty()) {
    inputs.tools = common_chat_tools_parse_oaicompat(common_json::parse(dump(*tools)));
    inputs.tool_choice = common_chat_tool_choice_parse_oaicompat(request.value("tool_choice", "auto"));
    inputs.parallel_tool_calls = request.value("parallel_tool_calls", true);
  }
  inputs.reasoning_format = COMMON_REASONING_FORMAT_DEEPSEEK;
  return inputs;
}

// Special tokens that the parser has to see as text, and whose text the grammar may ask for.
Json preserved_tokens(const llama_vocab* vocab, const common_chat_params& params) {
  Json ids = Json::array();
  for (const std::string& text : params.preserved_tokens) {
    std::array<std::int32_t, 2> tokens{};
    if (tokenize(vocab, text, /*add_special=*/false, /*parse_special=*/true, tokens.data(), tokens.size()) ==
        1) {
      ids.push_back(tokens[0]);
    }
  }
  return ids;
}

Json triggers_json(const llama_vocab* vocab, const common_chat_params& params) {
  Json triggers = Json::array();
  for (const common_grammar_trigger& trigger : params.grammar_triggers) {
    Json entry{{"type", static_cast<int>(trigger.type)}, {"value", trigger.value}};
    if (trigger.type == COMMON_GRAMMAR_TRIGGER_TYPE_TOKEN) entry["token"] = trigger.token;
    triggers.push_back(std::move(entry));
  }
  return {{"triggers", std::move(triggers)}, {"preserved", preserved_tokens(vocab, params)}};
}

Json answer_of(const llama_vocab* vocab, const common_chat_params& params, bool with_tools) {
  Json answer{{"prompt", params.prompt},
              {"grammar", params.grammar},
              {"grammar_lazy", params.grammar_lazy},
              {"stop", params.additional_stops},
              {"preserved", preserved_tokens(vocab, params)}};
  if (!params.grammar_triggers.empty() || !params.preserved_tokens.empty()) {
    answer["grammar_triggers"] = dump(triggers_json(vocab, params));
  } else {
    answer["grammar_triggers"] = "";
  }
  answer["parser"] = params.parser.empty() ? ""
                                           : dump(Json{{"format", static_cast<int>(params.format)},
                                                       {"parser", params.parser},
                                                       {"generation_prompt", params.generation_prompt},
                                                       {"tools", with_tools}});
  return answer;
}

Json message_json(const common_chat_msg& message) {
  Json json{{"role", "assistant"}, {"content", message.content}};
  if (!message.reasoning_content.empty()) json["reasoning_content"] = message.reasoning_content;
  if (message.tool_calls.empty()) return json;
  Json calls = Json::array();
  for (const common_chat_tool_call& call : message.tool_calls) {
    calls.push_back({{"id", call.id},
                     {"type", "function"},
                     {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
  }
  json["tool_calls"] = std::move(calls);
  return json;
}

}  // namespace

void ChatTemplates::Free::operator()(common_chat_templates* templates) const {
  common_chat_templates_free(templates);
}

ChatTemplates ChatTemplates::of(const llama_model* model) {
  ChatTemplates all;
  if (llama_model_chat_template(model, nullptr) == nullptr) return all;
  all.vocab_ = llama_model_get_vocab(model);
  const Complaints complaints;
  try {
    all.templates_.reset(common_chat_templates_init(model, "").release());
    common_chat_templates_inputs inputs;
    inputs.messages.emplace_back();
    inputs.messages.back().role = "user";
    inputs.messages.back().content = "?";
    all.reasons_ = common_chat_templates_apply(all.templates_.get(), inputs).supports_thinking;
  } catch (const std::exception& problem) {
    all.templates_.reset();
    all.problem_ = std::string("the model's chat template cannot be used: ") + problem.what();
  }
  return all;
}

Result<std::string> ChatTemplates::prepare(std::string_view text) const {
  if (templates_ == nullptr) return failed(SLUICE_NN_UNSUPPORTED, problem_);
  auto request = parse_json(text, "the chat request");
  if (!request) return std::unexpected(request.error());
  if (!request->is_object()) return refuse("the chat request is no JSON object");
  if (auto checked = check_messages(*request); !checked) return std::unexpected(checked.error());
  const bool with_tools = request->contains("tools") && !(*request)["tools"].is_null() &&
                          !(*request)["tools"].empty() && request->value("tool_choice", "auto") != "none";
  if (request->contains("tools") && !(*request)["tools"].is_null()) {
    if (auto checked = check_tools((*request)["tools"]); !checked) return std::unexpected(checked.error());
  }
  auto grammar = format_grammar(*request);
  if (!grammar) return std::unexpected(grammar.error());
  if (with_tools && !grammar->empty())
    return refuse("tools and a response format cannot be asked for together");
  const Complaints complaints;
  try {
    common_chat_templates_inputs inputs = inputs_of(*request);
    // Without tools and thoughts, the answer is the message: nothing has to be worked out from the template.
    const bool plain = !with_tools && (!reasons_ || !grammar->empty());
    inputs.force_pure_content = plain;
    // A form that is asked for leaves no room for thoughts before it.
    inputs.enable_thinking = grammar->empty();
    common_chat_params params = common_chat_templates_apply(templates_.get(), inputs);
    if (plain) params.parser.clear();
    if (!grammar->empty()) params.grammar = std::move(*grammar);
    return dump(answer_of(vocab_, params, with_tools));
  } catch (const std::exception& problem) {
    return refuse("the model's chat template refuses the messages: " + complaints.text(problem.what()));
  }
}

Result<std::string> ChatTemplates::parse(std::string_view parser, std::string_view text, bool partial) {
  if (parser.empty()) return dump(Json{{"role", "assistant"}, {"content", text}});
  const Complaints complaints;
  try {
    const Json json = Json::parse(parser);
    common_chat_parser_params params;
    params.format = static_cast<common_chat_format>(json.at("format").get<int>());
    params.generation_prompt = json.at("generation_prompt").get<std::string>();
    params.parse_tool_calls = json.at("tools").get<bool>();
    params.reasoning_format = COMMON_REASONING_FORMAT_DEEPSEEK;
    params.parser.load(json.at("parser").get<std::string>());
    return dump(message_json(common_chat_parse(std::string(text), partial, params)));
  } catch (const std::exception&) {
    // A model that was promised a form and kept to none: its text is what there is.
    return dump(Json{{"role", "assistant"}, {"content", text}});
  }
}

}  // namespace sluice::ggml
