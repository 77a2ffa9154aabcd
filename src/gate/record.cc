#include "gate/record.h"

#include <nlohmann/json.hpp>

#include "base/clock.h"

namespace sluice::gate {

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::answered:
      return "answered";
    case Outcome::refused:
      return "refused";
    case Outcome::failed:
      break;
  }
  return "failed";
}

std::string to_json_line(const CallRecord& record) {
  const auto parsed = [](const std::string& text) {
    auto json = nlohmann::ordered_json::parse(text, nullptr, false);
    return json.is_discarded() ? nlohmann::ordered_json(text) : json;
  };
  nlohmann::ordered_json line;
  line["run"] = record.run;
  line["call"] = record.call;
  line["app"] = record.app;
  line["caller"] = record.caller;
  line["interface"] = record.interface;
  line["function"] = record.function;
  line["to"] = record.to;
  line["arguments"] = parsed(record.arguments);
  line["outcome"] = name_of(record.outcome);
  if (!record.result.empty()) line["result"] = parsed(record.result);
  if (!record.error.empty()) line["error"] = record.error;
  if (record.tokens) {
    line["tokens"] = {{"prompt", record.tokens->prompt},
                      {"completion", record.tokens->completion},
                      {"cached", record.tokens->cached}};
    if (record.tokens->cost_micros) line["tokens"]["cost-micros"] = *record.tokens->cost_micros;
  }
  line["began"] = to_rfc3339(record.began);
  line["ms"] = std::chrono::duration<double, std::milli>(record.took).count();
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace sluice::gate
