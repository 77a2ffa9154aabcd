#include "host/llm_values.h"

#include <cmath>
#include <utility>

#include "nn/language_model.h"

namespace sluice::host {

namespace {

// Fields and cases, in the order of wit/llm.wit.
enum MessageField : std::size_t { role, content, tool_calls, tool_call_id };
enum OptionField : std::size_t {
  model,
  temperature,
  top_p,
  max_tokens,
  seed,
  stop,
  response_format,
  tools,
  tool_choice,
  logprobs
};
enum class ErrorCase : std::uint32_t {
  unavailable,
  rate_limited,
  context_too_long,
  invalid,
  refused,
  timeout
};

constexpr std::uint64_t logprobs_max = 20;
constexpr float temperature_max = 2;

static_assert(static_cast<int>(nn::Role::tool) == 3 && static_cast<int>(nn::ToolChoice::required) == 2);
static_assert(static_cast<int>(nn::ResponseFormat::Kind::grammar) == 3);
static_assert(static_cast<int>(nn::FinishReason::tool_calls) == 2);

std::unexpected<Error> invalid(std::string why) {
  return fail(ErrorCode::invalid_input, "ask a model", std::move(why));
}

const Value* given(const Value& option) {
  return option.as_case().payload.get();
}

Result<nn::Message> read_message(const Value& value, const std::string& where) {
  nn::Message message;
  message.role = static_cast<nn::Role>(value.field(role).as_case().index);
  message.content = value.field(content).as_string();
  for (const Value& call : value.field(tool_calls).as_list()) {
    message.tool_calls.push_back(
        {call.field(0).as_string(), call.field(1).as_string(), call.field(2).as_string()});
  }
  message.tool_call_id = read_optional_text(value.field(tool_call_id));
  if (!message.tool_calls.empty() && message.role != nn::Role::assistant) {
    return invalid(where + " has `tool-calls`, which only the assistant's have");
  }
  if (message.tool_call_id.has_value() != (message.role == nn::Role::tool)) {
    return invalid(where + (message.tool_call_id ? " has `tool-call-id`, which only a tool's have"
                                                 : " is a tool's, and lacks `tool-call-id`"));
  }
  return message;
}

// A number in [least, most]; false for NaN.
bool is_within(float number, float least, float most) {
  return number >= least && number <= most;
}

Status read_sampling(const Value& options, nn::GenerateOptions& into) {
  if (const Value* number = given(options.field(temperature))) {
    if (!is_within(number->as_f32(), 0, temperature_max))
      return invalid("`temperature` is not within 0 and 2");
    into.sampling.temperature = number->as_f32();
  }
  if (const Value* number = given(options.field(top_p))) {
    if (!is_within(number->as_f32(), 0, 1)) return invalid("`top-p` is not within 0 and 1");
    into.sampling.top_p = number->as_f32();
  }
  if (const Value* number = given(options.field(seed))) into.sampling.seed = number->as_unsigned();
  if (const Value* number = given(options.field(max_tokens))) {
    if (number->as_unsigned() == 0) return invalid("`max-tokens` is 0: an answer has at least one");
    into.tokens_max = static_cast<std::uint32_t>(number->as_unsigned());
  }
  if (const Value* number = given(options.field(logprobs))) {
    if (number->as_unsigned() > logprobs_max) return invalid("`logprobs` is more than 20");
    into.logprobs = static_cast<std::uint32_t>(number->as_unsigned());
  }
  into.stop = read_texts(options.field(stop));
  for (const std::string& text : into.stop) {
    if (text.empty()) return invalid("`stop` holds an empty text");
  }
  return {};
}

Value optional_text(std::optional<std::string> text) {
  return text ? Value::some(Value::string(std::move(*text))) : Value::none();
}

Value message_value(nn::Message message) {
  std::vector<Value> calls;
  for (nn::ToolCall& call : message.tool_calls) {
    std::vector<Field> fields;
    fields.push_back({"id", Value::string(std::move(call.id))});
    fields.push_back({"name", Value::string(to_utf8(call.name, nullptr))});
    fields.push_back({"arguments", Value::string(to_utf8(call.arguments, nullptr))});
    calls.push_back(Value::record(std::move(fields)));
  }
  std::vector<Field> fields;
  fields.push_back({"role", Value::of_case(static_cast<std::uint32_t>(message.role))});
  fields.push_back({"content", Value::string(to_utf8(message.content, nullptr))});
  fields.push_back({"tool-calls", Value::list(std::move(calls))});
  fields.push_back({"tool-call-id", optional_text(std::move(message.tool_call_id))});
  return Value::record(std::move(fields));
}

Value usage_value(const nn::Usage& usage) {
  std::vector<Field> fields;
  fields.push_back({"prompt-tokens", Value::unsigned_int(usage.prompt_tokens)});
  fields.push_back({"completion-tokens", Value::unsigned_int(usage.completion_tokens)});
  fields.push_back({"cached-tokens", Value::unsigned_int(usage.cached_tokens)});
  fields.push_back({"cost-micros", Value::none()});
  return Value::record(std::move(fields));
}

// A token may be a part of a character: what is not text is shown as U+FFFD.
void add_token(std::vector<Field>& fields, const std::string& token, float logprob) {
  fields.push_back({"token", Value::string(to_utf8(token, nullptr))});
  fields.push_back({"logprob", Value::f32(logprob)});
}

Value logprob_value(const nn::TokenLogprob& token) {
  std::vector<Value> top;
  for (const nn::Alternative& other : token.top) {
    std::vector<Field> fields;
    add_token(fields, other.token, other.logprob);
    top.push_back(Value::record(std::move(fields)));
  }
  std::vector<Field> fields;
  add_token(fields, token.token, token.logprob);
  fields.push_back({"top", Value::list(std::move(top))});
  return Value::record(std::move(fields));
}

Value error_case(ErrorCase which, Value payload) {
  return Value::err(Value::of_case(static_cast<std::uint32_t>(which), std::move(payload)));
}

}  // namespace

std::optional<std::string> read_optional_text(const Value& value) {
  const Value* text = given(value);
  return text == nullptr ? std::nullopt : std::optional(text->as_string());
}

std::vector<std::string> read_texts(const Value& value) {
  std::vector<std::string> texts;
  texts.reserve(value.as_list().size());
  for (const Value& text : value.as_list()) texts.push_back(text.as_string());
  return texts;
}

Result<GuestRequest> read_request(const Value& messages, const Value& options) {
  GuestRequest out;
  out.model = read_optional_text(options.field(model));
  nn::ChatRequest& request = out.request;
  for (const Value& value : messages.as_list()) {
    auto message = read_message(value, "message " + std::to_string(request.messages.size()));
    if (!message) return std::unexpected(std::move(message.error()));
    request.messages.push_back(std::move(*message));
  }
  if (request.messages.empty()) return invalid("there are no messages");
  for (const Value& tool : options.field(tools).as_list()) {
    request.tools.push_back(
        {tool.field(0).as_string(), tool.field(1).as_string(), tool.field(2).as_string()});
    if (request.tools.back().name.empty()) return invalid("a tool has no name");
  }
  request.tool_choice = static_cast<nn::ToolChoice>(options.field(tool_choice).as_case().index);
  if (request.tool_choice == nn::ToolChoice::required && request.tools.empty()) {
    return invalid("`tool-choice` requires a call, and there are no tools");
  }
  const CaseValue& format = options.field(response_format).as_case();
  request.format.kind = static_cast<nn::ResponseFormat::Kind>(format.index);
  if (format.payload) request.format.text = format.payload->as_string();
  if (auto status = read_sampling(options, request.options); !status) {
    return std::unexpected(std::move(status.error()));
  }
  return out;
}

Value completion_value(nn::Completion completion) {
  std::vector<Value> tokens;
  tokens.reserve(completion.logprobs.size());
  for (const nn::TokenLogprob& token : completion.logprobs) tokens.push_back(logprob_value(token));
  std::vector<Field> fields;
  fields.push_back({"message", message_value(std::move(completion.message))});
  fields.push_back({"finish-reason", Value::of_case(static_cast<std::uint32_t>(completion.finish))});
  fields.push_back({"usage", usage_value(completion.usage)});
  fields.push_back({"model", Value::string(std::move(completion.model))});
  fields.push_back({"logprobs", Value::list(std::move(tokens))});
  return Value::record(std::move(fields));
}

Value embedded_value(const nn::Embedded& embedded) {
  std::vector<Value> vectors;
  vectors.reserve(embedded.vectors.size());
  for (const std::vector<float>& vector : embedded.vectors) {
    std::vector<Value> numbers;
    numbers.reserve(vector.size());
    for (const float number : vector) numbers.push_back(Value::f32(number));
    vectors.push_back(Value::list(std::move(numbers)));
  }
  std::vector<Field> fields;
  fields.push_back({"vectors", Value::list(std::move(vectors))});
  fields.push_back({"model", Value::string(embedded.model)});
  fields.push_back({"prompt-tokens", Value::unsigned_int(embedded.prompt_tokens)});
  return Value::record(std::move(fields));
}

Value llm_error(const Error& error) {
  if (const auto numbers = nn::context_overflow(error)) {
    std::vector<Field> fields;
    fields.push_back({"needed", Value::unsigned_int(numbers->needed)});
    fields.push_back({"available", Value::unsigned_int(numbers->available)});
    return error_case(ErrorCase::context_too_long, Value::record(std::move(fields)));
  }
  // How long the queue will be full is not known.
  if (nn::is_queue_full(error)) return error_case(ErrorCase::rate_limited, Value::unsigned_int(0));
  Value text = Value::string(to_utf8(error.to_string(), nullptr));
  switch (error.code) {
    case ErrorCode::invalid_input:
      return error_case(ErrorCase::invalid, std::move(text));
    case ErrorCode::refused:
    case ErrorCode::limit:
      return error_case(ErrorCase::refused, std::move(text));
    case ErrorCode::timeout:
      return Value::err(Value::of_case(static_cast<std::uint32_t>(ErrorCase::timeout)));
    default:
      return error_case(ErrorCase::unavailable, std::move(text));
  }
}

}  // namespace sluice::host
