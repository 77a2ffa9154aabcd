#include "server/openai_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "server/openai_fields.h"

namespace sluice::server {

namespace {

using Json = ApiFields::Json;

constexpr std::int64_t choices_max = 128;
constexpr std::size_t stops_max = 64;
constexpr std::size_t texts_max = 2048;
constexpr std::int64_t dimensions_max = 1'000'000;
constexpr std::int64_t tokens_max = std::numeric_limits<std::uint32_t>::max();

void read_bias(ApiFields& fields, nn::Sampling& sampling) {
  const Json* bias = fields.object("logit_bias");
  if (bias == nullptr) return;
  for (const auto& [key, value] : bias->items()) {
    std::int32_t token = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), token);
    if (error != std::errc() || end != key.data() + key.size() || token < 0) {
      return fields.wrong("logit_bias", fmt::format("`{}` is not the number of a token", key));
    }
    if (!value.is_number() || std::abs(value.get<double>()) > 100) {
      return fields.wrong("logit_bias", fmt::format("the bias of {} is not within -100 and 100", key));
    }
    sampling.logit_bias.emplace_back(token, value.get<float>());
  }
}

void read_sampling(ApiFields& fields, nn::GenerateOptions& options) {
  const auto real = [](std::optional<double> number) {
    return number ? std::optional(static_cast<float>(*number)) : std::nullopt;
  };
  nn::Sampling& sampling = options.sampling;
  sampling.temperature = real(fields.number("temperature", 0, 2));
  sampling.top_p = real(fields.number("top_p", 0, 1));
  sampling.min_p = real(fields.number("min_p", 0, 1));
  if (const auto top = fields.integer("top_k", 0, 1'000'000))
    sampling.top_k = static_cast<std::uint32_t>(*top);
  sampling.presence_penalty = real(fields.number("presence_penalty", -2, 2)).value_or(0.0F);
  sampling.frequency_penalty = real(fields.number("frequency_penalty", -2, 2)).value_or(0.0F);
  sampling.repeat_penalty = real(fields.number("repeat_penalty", 0.01, 10)).value_or(1.0F);
  if (const auto seed = fields.integer("seed", std::numeric_limits<std::int64_t>::min(),
                                       std::numeric_limits<std::int64_t>::max())) {
    sampling.seed = static_cast<std::uint64_t>(*seed);
  }
  read_bias(fields, sampling);
  options.stop = fields.texts("stop");
  if (options.stop.size() > stops_max) fields.wrong("stop", fmt::format("more than {} texts", stops_max));
  if (std::ranges::any_of(options.stop, &std::string::empty)) fields.wrong("stop", "holds an empty text");
  if (const auto most = fields.integer("max_tokens", 1, tokens_max)) {
    options.tokens_max = static_cast<std::uint32_t>(*most);
  }
}

// Fields of OpenAI's service that this endpoint has nothing for.
void read_service_fields(ApiFields& fields) {
  fields.refuse_unless("store", {false}, "nothing is stored");
  fields.refuse_unless("metadata", {Json::object()}, "nothing is stored");
  fields.refuse_unless("service_tier", {"auto", "default"}, "there is one tier");
}

void read_common(ApiFields& fields, ApiGeneration& into) {
  into.model = fields.need("model").is_string() ? fields.text("model").value_or("") : "";
  if (into.model.empty()) fields.wrong("model", "expected the name of a model", "invalid_type");
  into.user = fields.text("user").value_or("");
  if (const auto identifier = fields.text("safety_identifier"); identifier && into.user.empty()) {
    into.user = *identifier;
  }
  if (const auto n = fields.integer("n", 1, choices_max)) into.choices = static_cast<std::uint32_t>(*n);
  into.stream = fields.boolean("stream").value_or(false);
}

void read_stream_options(ApiFields& fields, std::optional<ApiError>& error, ApiGeneration& into) {
  const Json* options = fields.object("stream_options");
  if (options == nullptr) return;
  if (!into.stream) return fields.wrong("stream_options", "only a stream has them: `stream` is not true");
  ApiFields inner(*options, "stream_options", error);
  into.include_usage = inner.boolean("include_usage").value_or(false);
  inner.refuse_unless("include_obfuscation", {false}, "nothing is obfuscated");
  inner.finish();
}

// A text, or parts of type text.
std::string read_content(ApiFields& fields, std::optional<ApiError>& error) {
  const Json* content = fields.take("content");
  if (content == nullptr) return {};
  if (content->is_string()) return content->get<std::string>();
  if (!content->is_array()) {
    fields.wrong("content", "expected a string or a list of parts", "invalid_type");
    return {};
  }
  std::string text;
  for (std::size_t i = 0; i < content->size(); ++i) {
    const std::string where = fmt::format("{}[{}]", fields.path("content"), i);
    if (!(*content)[i].is_object()) {
      fields.wrong("content", "expected parts that are objects", "invalid_type");
      return text;
    }
    ApiFields part((*content)[i], where, error);
    const std::string type = part.text("type").value_or("");
    if (type != "text") {
      part.wrong("type", fmt::format("`{}` is not supported: models here read text alone", type),
                 "unsupported_value");
      return text;
    }
    if (part.need("text").is_string()) text += part.text("text").value_or("");
    part.finish();
  }
  return text;
}

void read_tool_calls(ApiFields& fields, std::optional<ApiError>& error, nn::Message& message) {
  const Json* calls = fields.list("tool_calls");
  if (calls == nullptr) return;
  for (std::size_t i = 0; i < calls->size(); ++i) {
    const std::string where = fmt::format("{}[{}]", fields.path("tool_calls"), i);
    if (!(*calls)[i].is_object()) return fields.wrong("tool_calls", "expected objects", "invalid_type");
    ApiFields call((*calls)[i], where, error);
    nn::ToolCall made;
    (void)call.need("id");
    made.id = call.text("id").value_or("");
    call.refuse_unless("type", {"function"}, "tools are functions");
    if (const Json* function = call.object("function")) {
      ApiFields inner(*function, where + ".function", error);
      (void)inner.need("name");
      made.name = inner.text("name").value_or("");
      made.arguments = inner.text("arguments").value_or("{}");
      inner.finish();
    } else {
      call.wrong("function", "is missing", "missing_required_parameter");
    }
    call.finish();
    message.tool_calls.push_back(std::move(made));
  }
}

void read_message(const Json& object, const std::string& where, std::optional<ApiError>& error,
                  nn::ChatRequest& into) {
  ApiFields fields(object, where, error);
  const std::string role = fields.need("role").is_string() ? fields.text("role").value_or("") : "";
  nn::Message message;
  if (role == "system" || role == "developer") {
    message.role = nn::Role::system;
  } else if (role == "user") {
    message.role = nn::Role::user;
  } else if (role == "assistant") {
    message.role = nn::Role::assistant;
  } else if (role == "tool") {
    message.role = nn::Role::tool;
  } else {
    fields.wrong("role", "expected system, developer, user, assistant or tool");
  }
  message.content = read_content(fields, error);
  fields.refuse("name", "models here don't tell participants apart; write the name into the content");
  if (message.role == nn::Role::assistant) {
    read_tool_calls(fields, error, message);
    fields.refuse("refusal", "write it as `content`");
    fields.refuse_unless("annotations", {Json::array()}, "models here have none");
    fields.refuse("audio", "models here write text alone");
    fields.refuse("function_call", "it is deprecated; use `tool_calls`");
  }
  if (message.role == nn::Role::tool) {
    (void)fields.need("tool_call_id");
    message.tool_call_id = fields.text("tool_call_id");
  }
  if (message.tool_calls.empty() && fields.take("content") == nullptr) {
    fields.wrong("content", "is missing", "missing_required_parameter");
  }
  fields.finish();
  into.messages.push_back(std::move(message));
}

void read_messages(ApiFields& fields, std::optional<ApiError>& error, nn::ChatRequest& into) {
  (void)fields.need("messages");
  const Json* messages = fields.list("messages");
  if (messages == nullptr) return;
  if (messages->empty()) return fields.wrong("messages", "is empty");
  for (std::size_t i = 0; i < messages->size(); ++i) {
    const std::string where = fmt::format("messages[{}]", i);
    if (!(*messages)[i].is_object()) return fields.wrong("messages", "expected objects", "invalid_type");
    read_message((*messages)[i], where, error, into);
  }
}

void read_tools(ApiFields& fields, std::optional<ApiError>& error, nn::ChatRequest& into) {
  const Json* tools = fields.list("tools");
  if (tools == nullptr) return;
  for (std::size_t i = 0; i < tools->size(); ++i) {
    const std::string where = fmt::format("tools[{}]", i);
    if (!(*tools)[i].is_object()) return fields.wrong("tools", "expected objects", "invalid_type");
    ApiFields tool((*tools)[i], where, error);
    tool.refuse_unless("type", {"function"}, "tools are functions");
    (void)tool.need("function");
    const Json* function = tool.object("function");
    tool.finish();
    if (function == nullptr) return;
    ApiFields inner(*function, where + ".function", error);
    nn::Tool made;
    made.name = inner.function_name("name");
    if (std::ranges::find(into.tools, made.name, &nn::Tool::name) != into.tools.end()) {
      inner.wrong("name", fmt::format("another tool is called `{}`, too", made.name));
    }
    made.description = inner.text("description").value_or("");
    const Json* parameters = inner.object("parameters");
    made.parameters = parameters == nullptr ? R"({"type":"object","properties":{}})" : parameters->dump();
    (void)inner.boolean("strict");  // arguments always keep to the schema
    inner.finish();
    into.tools.push_back(std::move(made));
  }
}

// A function by name is the only one that is offered, and has to be called.
void read_tool_choice(ApiFields& fields, std::optional<ApiError>& error, nn::ChatRequest& into) {
  const Json* choice = fields.take("tool_choice");
  if (choice == nullptr) return;
  if (into.tools.empty()) return fields.wrong("tool_choice", "there are no `tools`");
  if (*choice == "auto") return;
  if (*choice == "none") {
    into.tool_choice = nn::ToolChoice::none;
    return;
  }
  into.tool_choice = nn::ToolChoice::required;
  if (*choice == "required") return;
  if (!choice->is_object()) return fields.wrong("tool_choice", "expected auto, none, required or a function");
  ApiFields named(*choice, "tool_choice", error);
  named.refuse_unless("type", {"function"}, "a choice is of a function");
  std::string name;
  if (const Json* function = named.object("function")) {
    ApiFields inner(*function, "tool_choice.function", error);
    name = inner.text("name").value_or("");
    inner.finish();
  }
  named.finish();
  std::erase_if(into.tools, [&](const nn::Tool& tool) { return tool.name != name; });
  if (into.tools.empty()) fields.wrong("tool_choice", fmt::format("`tools` has no function `{}`", name));
}

void read_format(ApiFields& fields, std::optional<ApiError>& error, nn::ResponseFormat& into) {
  const Json* format = fields.object("response_format");
  if (format == nullptr) return;
  ApiFields inner(*format, "response_format", error);
  (void)inner.need("type");
  const std::string type = inner.text("type").value_or("");
  if (type == "json_object") {
    into.kind = nn::ResponseFormat::Kind::json_object;
  } else if (type == "json_schema") {
    into.kind = nn::ResponseFormat::Kind::json_schema;
    (void)inner.need("json_schema");
    if (const Json* wrapped = inner.object("json_schema")) {
      ApiFields schema(*wrapped, "response_format.json_schema", error);
      (void)schema.text("name");
      (void)schema.text("description");
      (void)schema.boolean("strict");  // answers always keep to the schema
      (void)schema.need("schema");
      if (const Json* text = schema.object("schema")) into.text = text->dump();
      schema.finish();
    }
  } else if (type == "grammar") {
    into.kind = nn::ResponseFormat::Kind::grammar;
    (void)inner.need("grammar");
    into.text = inner.text("grammar").value_or("");
    if (into.text.empty()) inner.wrong("grammar", "is empty");
  } else if (type != "text") {
    inner.wrong("type", "expected text, json_object, json_schema or grammar");
  }
  inner.finish();
}

}  // namespace

ApiResult<ApiChat> read_chat(std::string_view body) {
  std::optional<ApiError> error;
  const auto json = parse_api_body(body, error);
  if (!json) return std::unexpected(std::move(*error));
  ApiFields fields(*json, "", error);
  ApiChat chat;
  read_common(fields, chat);
  read_messages(fields, error, chat.request);
  read_sampling(fields, chat.request.options);
  if (const auto most = fields.integer("max_completion_tokens", 1, tokens_max)) {
    if (chat.request.options.tokens_max.value_or(static_cast<std::uint32_t>(*most)) != *most) {
      fields.wrong("max_completion_tokens", "contradicts `max_tokens`");
    }
    chat.request.options.tokens_max = static_cast<std::uint32_t>(*most);
  }
  const bool logprobs = fields.boolean("logprobs").value_or(false);
  const auto top = fields.integer("top_logprobs", 0, 20);
  if (top && !logprobs) fields.wrong("top_logprobs", "needs `logprobs` to be true");
  if (logprobs) chat.request.options.logprobs = static_cast<std::uint32_t>(top.value_or(0));
  read_tools(fields, error, chat.request);
  read_tool_choice(fields, error, chat.request);
  chat.request.parallel_tool_calls = fields.boolean("parallel_tool_calls").value_or(true);
  read_format(fields, error, chat.request.format);
  read_stream_options(fields, error, chat);
  read_service_fields(fields);
  (void)fields.text("prompt_cache_key");  // prompts share what they have in common without a hint
  fields.refuse_unless("modalities", {Json::array({"text"})}, "models here write text alone");
  fields.refuse("audio", "models here write text alone");
  fields.refuse("prediction", "answers are not predicted");
  fields.refuse("reasoning_effort", "models here have no levels of effort");
  fields.refuse("verbosity", "models here have no levels of verbosity");
  fields.refuse("web_search_options", "models here do not search");
  fields.refuse("prompt_cache_retention", "what is kept of prompts is the model's own memory");
  fields.refuse("prompt_cache_options", "what is kept of prompts is the model's own memory");
  fields.refuse("moderation", "nothing is moderated");
  fields.refuse("functions", "they are deprecated; use `tools`");
  fields.refuse("function_call", "it is deprecated; use `tool_choice`");
  fields.finish();
  if (error) return std::unexpected(std::move(*error));
  return chat;
}

ApiResult<ApiText> read_text(std::string_view body) {
  std::optional<ApiError> error;
  const auto json = parse_api_body(body, error);
  if (!json) return std::unexpected(std::move(*error));
  ApiFields fields(*json, "", error);
  ApiText text;
  read_common(fields, text);
  const Json& prompt = fields.need("prompt");
  if (prompt.is_array() && !prompt.empty() && !prompt[0].is_string()) {
    fields.wrong("prompt", "is not supported as lists of tokens: send texts", "unsupported_value");
  }
  text.prompts = fields.texts("prompt");
  if (text.prompts.empty()) fields.wrong("prompt", "is empty");
  if (text.prompts.size() * text.choices > static_cast<std::size_t>(choices_max)) {
    fields.wrong("prompt", fmt::format("asks for more than {} answers together with `n`", choices_max));
  }
  read_sampling(fields, text.request.options);
  text.echo = fields.boolean("echo").value_or(false);
  if (const auto top = fields.integer("logprobs", 0, 20)) {
    text.request.options.logprobs = static_cast<std::uint32_t>(*top);
    if (text.echo) fields.wrong("logprobs", "is not supported together with `echo`", "unsupported_value");
  }
  if (const auto best = fields.integer("best_of", 1, choices_max); best && *best != text.choices) {
    fields.wrong("best_of", "is not supported: every answer is given (`n`)", "unsupported_parameter");
  }
  fields.refuse_unless("suffix", {""}, "models here write on, they don't fill in");
  read_stream_options(fields, error, text);
  fields.finish();
  if (error) return std::unexpected(std::move(*error));
  return text;
}

ApiResult<ApiEmbeddings> read_embeddings(std::string_view body) {
  std::optional<ApiError> error;
  const auto json = parse_api_body(body, error);
  if (!json) return std::unexpected(std::move(*error));
  ApiFields fields(*json, "", error);
  ApiEmbeddings wanted;
  (void)fields.need("model");
  wanted.model = fields.text("model").value_or("");
  wanted.user = fields.text("user").value_or("");
  const Json& input = fields.need("input");
  if (input.is_array() && !input.empty() && !input[0].is_string()) {
    fields.wrong("input", "is not supported as lists of tokens: send texts", "unsupported_value");
  }
  wanted.texts = fields.texts("input");
  if (wanted.texts.empty()) fields.wrong("input", "is empty");
  if (wanted.texts.size() > texts_max) fields.wrong("input", fmt::format("more than {} texts", texts_max));
  if (std::ranges::any_of(wanted.texts, &std::string::empty)) fields.wrong("input", "holds an empty text");
  const std::string format = fields.text("encoding_format").value_or("float");
  if (format != "float" && format != "base64") fields.wrong("encoding_format", "expected float or base64");
  wanted.base64 = format == "base64";
  if (const auto length = fields.integer("dimensions", 1, dimensions_max)) {
    wanted.dimensions = static_cast<std::uint32_t>(*length);
  }
  fields.finish();
  if (error) return std::unexpected(std::move(*error));
  return wanted;
}

}  // namespace sluice::server
