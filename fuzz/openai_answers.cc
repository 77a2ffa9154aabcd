// Any bytes as an answer of an endpoint of OpenAI's kind, whole or as a stream: read or refused, never worse,
// and a refusal is one short line.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "answer.h"
#include "client.h"
#include "common_text.h"
#include "errors.h"
#include "llm_answers.h"
#include "retry_after.h"
#include "sse.h"
#include "tokens.h"

using fuzzing::check;
using fuzzing::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The host has made UTF-8 of every answer.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (!common::is_text(text)) return 0;
  const llm::Settings settings;
  for (const llm::ServerEvent& event : llm::parse_events(text)) require(event.data.size() <= size);
  check(openai::read_stream(text, settings));
  if (const auto json = sluice::guest::json::parse(text); json && json->is_object()) {
    check(openai::read_completion(*json, settings));
    check(openai::judge_error(*json, settings).problem);
  }
  for (const std::uint16_t status : {400, 429, 500, 302}) {
    const llm::HttpAnswer answer{status, {{"retry-after", std::string(text)}}, std::string(text)};
    check(openai::judge_answer(answer, 0, settings).problem);
    require(openai::refused_field(answer).size() <= size);
    (void)llm::retry_after_ms(answer, 0);
  }
  require(llm::estimate_tokens(text) <= size);
  return 0;
}
