#include "chat.h"

#include <common/chat.h>

#include <array>
#include <exception>
#include <nlohmann/json.hpp>

#include "common/lazy_grammar.h"
#include "common/schema.h"
#include "log.h"
#include "plain_tools.h"
#include "vocabulary.h"

namespace sluice::backends::ggml {
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

Result<ToolUse> use_of(const Json& request) {
  const auto choice = request.find("tool_choice");
  if (choice == request.end() || *choice == "auto") return ToolUse::wanted;
  if (*choice == "none") return ToolUse::none;
  if (*choice == "required") return ToolUse::required;
  return refuse("'tool_choice' is neither auto nor none nor required");
}

// The schemas of tools become a grammar too. They come as JSON in the request, or as text within it.
Result<ToolUse> check_tools(Json& request) {
  const auto tools = request.find("tools");
  if (tools == request.end() || tools->is_null()) return ToolUse::none;
  if (!tools->is_array()) return refuse("'tools' is no list");
  for (Json& tool : *tools) {
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
  return tools->empty() ? ToolUse::none : use_of(request);
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

// Triggers keep their numbers on the way through JSON.
static_assert(static_cast<int>(TriggerType::token) == COMMON_GRAMMAR_TRIGGER_TYPE_TOKEN);
static_assert(static_cast<int>(TriggerType::word) == COMMON_GRAMMAR_TRIGGER_TYPE_WORD);
static_assert(static_cast<int>(TriggerType::pattern) == COMMON_GRAMMAR_TRIGGER_TYPE_PATTERN);
static_assert(static_cast<int>(TriggerType::whole_pattern) == COMMON_GRAMMAR_TRIGGER_TYPE_PATTERN_FULL);

Json triggers_json(const llama_vocab* vocab, const common_chat_params& params) {
  Json triggers = Json::array();
  for (const common_grammar_trigger& trigger : params.grammar_triggers) {
    Json entry{{"type", static_cast<int>(trigger.type)}, {"value", trigger.value}};
    if (trigger.type == COMMON_GRAMMAR_TRIGGER_TYPE_TOKEN) entry["token"] = trigger.token;
    triggers.push_back(std::move(entry));
  }
  return {{"triggers", std::move(triggers)}, {"preserved", preserved_tokens(vocab, params)}};
}

// Whether the prompt shows the model its tools, and their calls and results of earlier turns.
bool knows_tools(const common_chat_templates* templates) {
  common_chat_templates_inputs inputs;
  inputs.messages.resize(3);
  inputs.messages[0].role = "user";
  inputs.messages[0].content = "?";
  inputs.messages[1].role = "assistant";
  inputs.messages[1].tool_calls = {{"sluice_tool", R"({"place":"sluice_argument"})", "abcdef123"}};
  inputs.messages[2].role = "tool";
  inputs.messages[2].tool_name = "sluice_tool";
  inputs.messages[2].tool_call_id = "abcdef123";
  inputs.messages[2].content = "sluice_result";
  inputs.tools = {{"sluice_tool", "sluice_description",
                   R"({"type":"object","properties":{"place":{"type":"string"}},"required":["place"]})"}};
  inputs.tool_choice = COMMON_CHAT_TOOL_CHOICE_REQUIRED;
  try {
    const common_chat_params params = common_chat_templates_apply(templates, inputs);
    const auto shows = [&](const char* what) { return params.prompt.contains(what); };
    return shows("sluice_description") && shows("sluice_argument") && shows("sluice_result") &&
           !params.grammar.empty() && !params.parser.empty();
  } catch (const std::exception&) {
    return false;
  }
}

// How an answer is read, see parse().
std::string parser_of(const common_chat_params& params, bool templates_tools, bool plain_calls) {
  Json parser = Json::object();
  if (!params.parser.empty()) {
    parser = {{"format", static_cast<int>(params.format)},
              {"parser", params.parser},
              {"generation_prompt", params.generation_prompt},
              {"tools", templates_tools}};
  }
  if (plain_calls) parser["plain_calls"] = true;
  return parser.empty() ? "" : dump(parser);
}

Json answer_of(const llama_vocab* vocab, const common_chat_params& params) {
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

Json words(std::string_view text) {
  return {{"role", "assistant"}, {"content", text}};
}

Json parse_by_template(const Json& parser, std::string_view text, bool partial) {
  const Complaints complaints;
  try {
    common_chat_parser_params params;
    params.format = static_cast<common_chat_format>(parser.at("format").get<int>());
    params.generation_prompt = parser.at("generation_prompt").get<std::string>();
    params.parse_tool_calls = parser.at("tools").get<bool>();
    params.reasoning_format = COMMON_REASONING_FORMAT_DEEPSEEK;
    params.parser.load(parser.at("parser").get<std::string>());
    return message_json(common_chat_parse(std::string(text), partial, params));
  } catch (const std::exception&) {
    // A model that was promised a form and kept to none: its text is what there is.
    return words(text);
  }
}

}  // namespace

void ChatTemplates::Free::operator()(common_chat_templates* templates) const {
  common_chat_templates_free(templates);
}

ChatTemplates ChatTemplates::of(const llama_model* model) {
  ChatTemplates all;
  if (llama_model_chat_template(model, nullptr) == nullptr) return all;
  all.vocab_ = llama_model_get_vocab(model);
  all.names_ = SpecialNames(all.vocab_);
  all.source_ = llama_model_chat_template(model, nullptr);
  const Complaints complaints;
  try {
    all.templates_.reset(common_chat_templates_init(model, "").release());
    common_chat_templates_inputs inputs;
    inputs.messages.emplace_back();
    inputs.messages.back().role = "user";
    inputs.messages.back().content = "?";
    all.reasons_ = common_chat_templates_apply(all.templates_.get(), inputs).supports_thinking;
    all.knows_tools_ = knows_tools(all.templates_.get());
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
  auto use = check_tools(*request);
  if (!use) return std::unexpected(use.error());
  auto grammar = format_grammar(*request);
  if (!grammar) return std::unexpected(grammar.error());
  if (*use != ToolUse::none && !grammar->empty())
    return refuse("tools and a response format cannot be asked for together");
  const bool plain_calls = *use != ToolUse::none && !knows_tools_;
  if (!knows_tools_) {
    if (auto told = tell_of_tools(*request, *use); !told) return std::unexpected(told.error());
    if (plain_calls) grammar = plain_grammar(*request);
    if (!grammar) return std::unexpected(grammar.error());
    request->erase("tools");
  }
  return apply(*request, *use, *grammar, plain_calls);
}

Result<std::string> ChatTemplates::apply(const Json& request, ToolUse use, const std::string& grammar,
                                         bool plain_calls) const {
  const bool templates_tools = use != ToolUse::none && !plain_calls;
  const bool waits = plain_calls && use == ToolUse::wanted;
  // A form that is asked for leaves no room for thoughts before it.
  const bool formed = !grammar.empty() && !waits;
  // Without tools and thoughts, the answer is the message: nothing has to be worked out from the template.
  const bool pure = !templates_tools && (!reasons_ || formed);
  const Complaints complaints;
  try {
    common_chat_templates_inputs inputs = inputs_of(request);
    inputs.force_pure_content = pure;
    inputs.enable_thinking = !formed;
    common_chat_params params = common_chat_templates_apply(templates_.get(), inputs);
    const auto plain = with_plain_names(request, inputs);
    if (!plain) return std::unexpected(plain.error());
    if (pure) params.parser.clear();
    if (!grammar.empty()) params.grammar = grammar;
    if (waits) {
      params.grammar_lazy = true;
      params.grammar_triggers = {{COMMON_GRAMMAR_TRIGGER_TYPE_PATTERN, std::string(plain_call_pattern)}};
    }
    Json answer = answer_of(vocab_, params);
    if (!plain->tokens.empty()) {
      answer["prompt"] = plain->prompt;
      answer["tokens"] = plain->tokens;
    }
    answer["parser"] = parser_of(params, templates_tools, plain_calls);
    return dump(answer);
  } catch (const std::exception& problem) {
    return refuse("the model's chat template refuses the messages: " + complaints.text(problem.what()));
  }
}

// Nothing in it: no text of the request names a special token.
Result<SpecialNames::Read> ChatTemplates::with_plain_names(const Json& request,
                                                           const common_chat_templates_inputs& inputs) const {
  const std::string mark = SpecialNames::unused_mark(request, source_);
  if (mark.empty()) return refuse("the chat has every character there is for private use");
  Json marked = request;
  if (!names_.mark(marked, mark)) return SpecialNames::Read{};
  common_chat_templates_inputs again = inputs_of(marked);
  again.force_pure_content = inputs.force_pure_content;
  again.enable_thinking = inputs.enable_thinking;
  return names_.read(common_chat_templates_apply(templates_.get(), again).prompt, mark);
}

Result<std::string> ChatTemplates::parse(std::string_view parser, std::string_view text, bool partial) {
  if (parser.empty()) return dump(words(text));
  const Json json = Json::parse(parser, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return refuse("the parser is none of chat_prepare's");
  Json message = json.contains("parser") ? parse_by_template(json, text, partial) : words(text);
  if (json.contains("plain_calls")) {
    message.update(read_plain_calls(message.at("content").get<std::string>(), partial));
  }
  return dump(message);
}

}  // namespace sluice::backends::ggml
