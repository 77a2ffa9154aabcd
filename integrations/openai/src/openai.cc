#include "openai.h"

#include <utility>

#include "answer.h"
#include "client.h"
#include "common_text.h"
#include "errors.h"
#include "json.h"
#include "request.h"
#include "sse.h"

namespace openai {
namespace {

constexpr llm::Defaults defaults{"https://api.openai.com/v1", "authorization"};

llm::Trouble not_an_answer(const llm::HttpAnswer& answer) {
  return {llm::unavailable("not an answer of OpenAI's API: " + llm::looks_of(answer))};
}

}  // namespace

llm::Outcome<OpenAiSettings> read_openai_settings(llm::Outside& outside) {
  llm::Outcome<llm::Settings> common = llm::read_settings(outside, defaults);
  if (!common) return std::unexpected(std::move(common.error()));
  OpenAiSettings settings;
  settings.common = std::move(*common);
  settings.embedding_model = outside.setting("embedding-model").value_or("");
  const bool is_openai = settings.common.base_url.starts_with("https://api.openai.com/");
  const std::string field =
      outside.setting("max-tokens-field").value_or(is_openai ? "max_completion_tokens" : "max_tokens");
  if (field != "max_tokens" && field != "max_completion_tokens") {
    return std::unexpected(
        llm::wrong_setting("max-tokens-field", "`max_tokens` or `max_completion_tokens`", field));
  }
  settings.limit_field = field == "max_tokens" ? LimitField::max_tokens : LimitField::max_completion_tokens;
  const std::string strict = outside.setting("strict-schema").value_or("auto");
  if (strict != "auto" && strict != "true" && strict != "false")
    return std::unexpected(llm::wrong_setting("strict-schema", "auto, true or false", strict));
  settings.strict = strict == "auto" ? Strict::fitting : strict == "true" ? Strict::always : Strict::never;
  return settings;
}

llm::HttpRequest OpenAi::post(std::string_view path, std::string body) const {
  return {settings_.common.base_url + std::string(path), {}, settings_.common.key(), std::move(body)};
}

llm::Outcome<llm::HttpRequest> OpenAi::write(const llm::Request& request) {
  llm::Outcome<std::string> body = chat_body(request, settings_);
  if (!body) return std::unexpected(std::move(body.error()));
  llm::HttpRequest http = post("/chat/completions", std::move(*body));
  http.headers.emplace_back(
      "accept", settings_.common.streaming ? "text/event-stream, application/json" : "application/json");
  return http;
}

std::expected<llm::Completion, llm::Trouble> OpenAi::read(const llm::Request& /*request*/,
                                                          const llm::HttpAnswer& answer) {
  if (llm::looks_like_events(answer.body)) return read_stream(answer.body, settings_.common);
  auto json = sluice::guest::json::parse(answer.body);
  if (!json || !json->is_object()) return std::unexpected(not_an_answer(answer));
  return read_completion(*json, settings_.common);
}

llm::Trouble OpenAi::judge(const llm::HttpAnswer& answer) {
  return judge_answer(answer, outside_.now(), settings_.common);
}

bool OpenAi::adapt(const llm::HttpAnswer& answer) {
  if (answer.status != 400 && answer.status != 422) return false;
  const std::string field = refused_field(answer);
  if (field == "stream_options" && settings_.usage_in_stream) {
    settings_.usage_in_stream = false;
  } else if (field == "max_tokens") {
    settings_.limit_field = LimitField::max_completion_tokens;
  } else if (field == "max_completion_tokens") {
    settings_.limit_field = LimitField::max_tokens;
  } else {
    return field == "stream_options";
  }
  outside_.log(llm::LogLevel::info, "the server does not take `" + field + "`; asking in another form");
  return true;
}

}  // namespace openai
