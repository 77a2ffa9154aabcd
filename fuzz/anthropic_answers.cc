// Any bytes as an answer of Anthropic's API, whole or as a stream: read or refused, never worse, and a
// refusal is one short line.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "answer.h"
#include "common_text.h"
#include "errors.h"
#include "llm_answers.h"

using fuzzing::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The host has made UTF-8 of every answer.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (!common::is_text(text)) return 0;
  const llm::Settings settings;
  for (const anthropic::JsonAnswer& form : {anthropic::JsonAnswer{}, anthropic::JsonAnswer{"answer", false},
                                            anthropic::JsonAnswer{"answer", true}}) {
    check(anthropic::read_stream(text, form, settings));
    if (const auto json = sluice::guest::json::parse(text); json && json->is_object()) {
      check(anthropic::read_message(*json, form, settings));
      check(anthropic::judge_error(*json, settings).problem);
    }
  }
  for (const std::uint16_t status : {400, 429, 529})
    check(anthropic::judge_answer({status, {}, std::string(text)}, 0, settings).problem);
  return 0;
}
