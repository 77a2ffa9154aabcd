#include "guest_chat.h"

#include <sluice/text.h>

#include <new>
#include <utility>

#include "chat.h"
#include "client.h"
#include "tokens.h"

namespace llm {
namespace {

namespace abi = ::exports::sluice::llm::chat;
using ::sluice::guest::to_wit;
using ::sluice::guest::view;

// What a server sent is text already; what was put together of it may not be.
wit::string text_to_wit(std::string_view text) {
  return to_wit(::sluice::guest::to_utf8(text));
}

Message from_abi(const abi::Message& given) {
  Message message{static_cast<Role>(given.role), given.content.to_string(), {}, text_of(given.tool_call_id)};
  for (const abi::ToolCall& call : given.tool_calls.get_const_view())
    message.tool_calls.push_back({call.id.to_string(), call.name.to_string(), call.arguments.to_string()});
  return message;
}

ResponseFormat from_abi(const abi::ResponseFormat& given) {
  using Kind = ResponseFormat::Kind;
  if (std::holds_alternative<abi::ResponseFormat::JsonObject>(given.variants)) return {Kind::json_object, {}};
  if (const auto* schema = std::get_if<abi::ResponseFormat::JsonSchema>(&given.variants))
    return {Kind::json_schema, schema->value.to_string()};
  if (const auto* grammar = std::get_if<abi::ResponseFormat::Grammar>(&given.variants))
    return {Kind::grammar, grammar->value.to_string()};
  return {};
}

Options from_abi(const abi::Options& given) {
  Options options;
  options.model = text_of(given.model);
  options.temperature = given.temperature;
  options.top_p = given.top_p;
  options.max_tokens = given.max_tokens;
  options.seed = given.seed;
  for (const wit::string& stop : given.stop.get_const_view()) options.stop.push_back(stop.to_string());
  options.format = from_abi(given.response_format);
  for (const abi::Tool& tool : given.tools.get_const_view())
    options.tools.push_back(
        {tool.name.to_string(), tool.description.to_string(), tool.parameters.to_string()});
  if (std::holds_alternative<abi::ToolChoice::None>(given.tool_choice.variants))
    options.tool_choice = ToolChoice::none;
  if (std::holds_alternative<abi::ToolChoice::Required>(given.tool_choice.variants))
    options.tool_choice = ToolChoice::required;
  options.logprobs = given.logprobs;
  return options;
}

Request from_abi(const wit::vector<abi::Message>& messages, const abi::Options& options) {
  Request request{{}, from_abi(options)};
  for (const abi::Message& message : messages.get_const_view()) request.messages.push_back(from_abi(message));
  return request;
}

abi::Message to_abi(Message message) {
  return {static_cast<abi::Role>(message.role), text_to_wit(message.content),
          to_list<abi::ToolCall>(std::move(message.tool_calls),
                                 [](ToolCall&& call) -> abi::ToolCall {
                                   return {text_to_wit(call.id), text_to_wit(call.name),
                                           text_to_wit(call.arguments)};
                                 }),
          std::nullopt};
}

abi::TokenLogprob to_abi(TokenLogprob token) {
  return {text_to_wit(token.token), token.logprob,
          to_list<abi::Alternative>(std::move(token.top), [](Alternative&& other) -> abi::Alternative {
            return {text_to_wit(other.token), other.logprob};
          })};
}

abi::Completion to_abi(Completion completion) {
  const Usage usage = completion.usage.value_or(Usage{});
  return {to_abi(std::move(completion.message)),
          static_cast<abi::FinishReason>(completion.finish),
          {usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, usage.cost_micros},
          text_to_wit(completion.model),
          to_list<abi::TokenLogprob>(std::move(completion.logprobs),
                                     [](TokenLogprob&& token) { return to_abi(std::move(token)); })};
}

using AbiCompletion = std::expected<abi::Completion, abi::Error>;

AbiCompletion completion_to_abi(Outcome<Completion>&& outcome) {
  if (!outcome) return std::unexpected(to_abi(outcome.error()));
  return to_abi(std::move(*outcome));
}

std::expected<std::vector<Outcome<Completion>>, abi::Error> complete(const std::vector<Request>& requests) {
  Imports imports(component_name);
  Outcome<std::unique_ptr<Api>> api = make_api(imports);
  if (!api) return std::unexpected(to_abi(api.error()));
  return complete_all(imports, **api, requests);
}

}  // namespace

abi::Error to_abi(const Problem& problem) {
  using Kind = Problem::Kind;
  switch (problem.kind) {
    case Kind::rate_limited:
      return {abi::Error::RateLimited{problem.seconds}};
    case Kind::context_too_long:
      return {abi::Error::ContextTooLong{{problem.needed, problem.available}}};
    case Kind::invalid:
      return {abi::Error::Invalid{text_to_wit(problem.text)}};
    case Kind::refused:
      return {abi::Error::Refused{text_to_wit(problem.text)}};
    case Kind::timeout:
      return {abi::Error::Timeout{}};
    case Kind::unavailable:
      break;
  }
  return {abi::Error::Unavailable{text_to_wit(problem.text)}};
}

std::optional<std::string> text_of(const std::optional<wit::string>& text) {
  if (!text) return std::nullopt;
  return text->to_string();
}

}  // namespace llm

namespace exports::sluice::llm::chat {

namespace core = ::llm;

std::expected<ModelInfo, Error> Describe(std::optional<wit::string> model) {
  core::Imports imports(core::component_name);
  core::Outcome<std::unique_ptr<core::Api>> api = core::make_api(imports);
  if (!api) return std::unexpected(core::to_abi(api.error()));
  const core::Settings& settings = (*api)->settings();
  core::Outcome<std::string> name = core::model_for(settings, core::text_of(model));
  if (!name) return std::unexpected(core::to_abi(name.error()));
  // The setting is about the model of the settings.
  const bool ours = *name == settings.model;
  return ModelInfo{::sluice::guest::to_wit(*name), ours ? settings.context_tokens : std::nullopt, false,
                   false};
}

std::expected<wit::vector<uint32_t>, Error> CountTokens(std::optional<wit::string> /*model*/,
                                                        wit::vector<wit::string> texts) {
  auto counts = wit::vector<uint32_t>::allocate(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i)
    counts.initialize(i, core::estimate_tokens(::sluice::guest::view(texts[i])));
  return counts;
}

std::expected<Completion, Error> Complete(wit::vector<Message> messages, Options options) {
  auto answers = core::complete({core::from_abi(messages, options)});
  if (!answers) return std::unexpected(std::move(answers.error()));
  return core::completion_to_abi(std::move(answers->front()));
}

std::expected<wit::vector<std::expected<Completion, Error>>, Error> CompleteAll(
    wit::vector<Request> requests) {
  std::vector<core::Request> given;
  given.reserve(requests.size());
  for (const Request& request : requests.get_const_view())
    given.push_back(core::from_abi(request.messages, request.options));
  auto answers = core::complete(given);
  if (!answers) return std::unexpected(std::move(answers.error()));
  return core::to_list<std::expected<Completion, Error>>(
      std::move(*answers),
      [](core::Outcome<core::Completion>&& outcome) { return core::completion_to_abi(std::move(outcome)); });
}

}  // namespace exports::sluice::llm::chat
