// Any bytes as a request of OpenAI's API: read or refused, never worse, and a refusal is an answer that its
// clients can read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/value.h"
#include "server/openai_reply.h"
#include "server/openai_request.h"

namespace {

using sluice::server::ApiError;

void require(bool held) {
  if (!held) std::abort();
}

template <class T>
const T* check(const sluice::server::ApiResult<T>& read) {
  if (read) return &*read;
  const ApiError& error = read.error();
  require(error.status == 400 && !error.message.empty());
  const auto reply = sluice::server::api_error_reply(error);
  require(sluice::is_utf8(reply.body));
  const auto json = nlohmann::json::parse(reply.body, nullptr, false);
  require(json.is_object() && json["error"]["message"].is_string() && json["error"]["type"].is_string());
  require(json["error"]["param"].is_null() == error.param.empty());
  return nullptr;
}

void check(const sluice::server::ApiGeneration& request, const sluice::nn::GenerateOptions& options) {
  require(!request.model.empty() && request.choices >= 1 && request.choices <= 128);
  require(!request.include_usage || request.stream);
  require(options.tokens_max != 0U);
  for (const std::string& text : options.stop) require(!text.empty());
  const auto& temperature = options.sampling.temperature;
  require(!temperature || (*temperature >= 0 && *temperature <= 2));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const auto read = sluice::server::read_chat(body); const auto* chat = check(read)) {
    check(*chat, chat->request.options);
    require(!chat->request.messages.empty());
    if (chat->request.tool_choice == sluice::nn::ToolChoice::required) require(!chat->request.tools.empty());
    for (const auto& tool : chat->request.tools)
      require(nlohmann::json::parse(tool.parameters, nullptr, false).is_object());
    for (const auto& message : chat->request.messages) require(sluice::is_utf8(message.content));
  }
  if (const auto read = sluice::server::read_text(body); const auto* text = check(read)) {
    check(*text, text->request.options);
    require(!text->prompts.empty() && text->prompts.size() * text->choices <= 128);
  }
  if (const auto read = sluice::server::read_embeddings(body); const auto* wanted = check(read)) {
    require(!wanted->model.empty() && !wanted->texts.empty() && wanted->texts.size() <= 2048);
  }
  return 0;
}
