#include "anthropic.h"

#include <utility>

#include "answer.h"
#include "client.h"
#include "errors.h"
#include "json.h"
#include "request.h"
#include "sse.h"

namespace anthropic {
namespace {

constexpr llm::Defaults defaults{"https://api.anthropic.com/v1", "x-api-key"};
constexpr std::string_view api_version = "2023-06-01";

}  // namespace

llm::Outcome<AnthropicSettings> read_anthropic_settings(llm::Outside& outside) {
  llm::Outcome<llm::Settings> common = llm::read_settings(outside, defaults);
  if (!common) return std::unexpected(std::move(common.error()));
  AnthropicSettings settings;
  settings.common = std::move(*common);
  const llm::Outcome<std::uint32_t> most =
      llm::number_setting(outside, "max-tokens", settings.max_tokens, 10'000'000);
  if (!most) return std::unexpected(most.error());
  if (*most == 0) return std::unexpected(llm::wrong_setting("max-tokens", "1 or more", "0"));
  settings.max_tokens = *most;
  return settings;
}

llm::Outcome<llm::HttpRequest> Anthropic::write(const llm::Request& request) {
  llm::Outcome<std::string> body = messages_body(request, settings_);
  if (!body) return std::unexpected(std::move(body.error()));
  return llm::HttpRequest{
      settings_.common.base_url + "/messages",
      {{"anthropic-version", std::string(api_version)},
       {"accept", settings_.common.streaming ? "text/event-stream, application/json" : "application/json"}},
      settings_.common.key(),
      std::move(*body)};
}

std::expected<llm::Completion, llm::Trouble> Anthropic::read(const llm::Request& request,
                                                             const llm::HttpAnswer& answer) {
  const JsonAnswer form = json_answer_of(request.options);
  if (llm::looks_like_events(answer.body)) return read_stream(answer.body, form, settings_.common);
  const auto json = sluice::guest::json::parse(answer.body);
  if (!json || !json->is_object()) {
    return std::unexpected(
        llm::Trouble{llm::unavailable("not an answer of Anthropic's API: " + llm::looks_of(answer))});
  }
  return read_message(*json, form, settings_.common);
}

llm::Trouble Anthropic::judge(const llm::HttpAnswer& answer) {
  return judge_answer(answer, outside_.now(), settings_.common);
}

}  // namespace anthropic
