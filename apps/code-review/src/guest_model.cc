#include "guest_model.h"

#include <sluice/text.h>
#include <sluice/world.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace review {
namespace {

namespace chat = ::sluice::llm::chat;
using ::sluice::guest::to_utf8;
using ::sluice::guest::to_wit;
using ::sluice::guest::view;

std::string text(const wit::string& from) {
  return std::string(view(from));
}

ModelError error_of(const chat::Error& from) {
  using Kind = ModelError::Kind;
  if (const auto* it = std::get_if<chat::Error::Unavailable>(&from.variants))
    return {Kind::unavailable, text(it->value), 0};
  if (const auto* it = std::get_if<chat::Error::RateLimited>(&from.variants))
    return {Kind::rate_limited, {}, it->value};
  if (const auto* it = std::get_if<chat::Error::ContextTooLong>(&from.variants)) {
    return {Kind::context_too_long,
            std::to_string(it->value.needed) + " tokens needed, " + std::to_string(it->value.available) +
                " available",
            0};
  }
  if (const auto* it = std::get_if<chat::Error::Invalid>(&from.variants))
    return {Kind::invalid, text(it->value), 0};
  if (const auto* it = std::get_if<chat::Error::Refused>(&from.variants))
    return {Kind::refused, text(it->value), 0};
  return {Kind::timeout, {}, 0};
}

// The words of a link to `none`, see docs/manifest.md.
bool is_no_model(const ModelError& error) {
  return error.kind == ModelError::Kind::refused && error.text.starts_with("call sluice:llm/chat") &&
         error.text.find("the link leads to `none`") != std::string::npos;
}

chat::Message message(chat::Role role, std::string_view content) {
  return {.role = role, .content = to_wit(to_utf8(content)), .tool_calls = {}, .tool_call_id = std::nullopt};
}

chat::Request request(const ModelRequest& from) {
  auto messages = wit::vector<chat::Message>::allocate(2);
  messages.initialize(0, message(chat::Role::kSystem, from.system));
  messages.initialize(1, message(chat::Role::kUser, from.user));
  return {.messages = std::move(messages),
          // What the model finds likeliest, and no seed: with one, a local model would be slower, and answers
          // would differ less where two tokens are about as likely.
          .options = {.model = std::nullopt,
                      .temperature = 0.0F,
                      .top_p = std::nullopt,
                      .max_tokens = from.answer_tokens_max,
                      .seed = std::nullopt,
                      .stop = {},
                      .response_format = {chat::ResponseFormat::JsonSchema{to_wit(from.schema)}},
                      .tools = {},
                      .tool_choice = {chat::ToolChoice::None{}},
                      .logprobs = std::nullopt}};
}

ModelAnswer answer(const chat::Completion& from) {
  ModelAnswer out;
  out.text = text(from.message.content);
  if (from.finish_reason == chat::FinishReason::kLength) out.end = ModelAnswer::End::cut;
  if (from.finish_reason == chat::FinishReason::kContentFilter) out.end = ModelAnswer::End::filtered;
  out.prompt_tokens = from.usage.prompt_tokens;
  out.answer_tokens = from.usage.completion_tokens;
  out.cached_tokens = from.usage.cached_tokens;
  out.cost_micros = from.usage.cost_micros;
  return out;
}

}  // namespace

ModelResult<std::optional<ModelInfo>> LinkedModel::describe() {
  const auto info = chat::Describe(std::nullopt);
  if (info) {
    return ModelInfo{
        .name = text(info->name), .context_tokens = info->context_tokens.value_or(0), .local = info->local};
  }
  ModelError error = error_of(info.error());
  if (is_no_model(error)) return std::nullopt;
  return std::unexpected(std::move(error));
}

ModelResult<std::vector<std::uint32_t>> LinkedModel::count_tokens(std::span<const std::string> texts) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const auto counts = chat::CountTokens(std::nullopt, views);
  if (!counts) return std::unexpected(error_of(counts.error()));
  return std::vector<std::uint32_t>(counts->data(), counts->data() + counts->size());
}

ModelResult<std::vector<ModelResult<ModelAnswer>>> LinkedModel::complete_all(
    std::span<const ModelRequest> requests) {
  std::vector<chat::Request> asked;
  asked.reserve(requests.size());
  for (const ModelRequest& each : requests) asked.push_back(request(each));
  const auto answers = chat::CompleteAll(asked);
  if (!answers) return std::unexpected(error_of(answers.error()));
  std::vector<ModelResult<ModelAnswer>> out;
  for (std::size_t i = 0; i < answers->size(); ++i) {
    const auto& each = (*answers)[i];
    if (each) {
      out.emplace_back(answer(*each));
    } else {
      out.emplace_back(std::unexpected(error_of(each.error())));
    }
  }
  return out;
}

}  // namespace review
