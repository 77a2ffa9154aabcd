#include "model/answers.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "settings.h"
#include "text.h"

namespace review {
namespace {

using Json = nlohmann::json;

constexpr std::uint32_t answer_tokens_most = 3072;
constexpr std::uint32_t answer_tokens_least = 256;
// What one entry takes at most, its texts at their full length: three bytes for each token.
constexpr std::uint32_t finding_tokens = 384;
constexpr std::uint32_t plan_entry_tokens = 72;
constexpr std::uint32_t findings_most = 8;
constexpr std::uint32_t plan_entries_most = 24;
constexpr std::size_t score_max = 10;
// Schemas count characters. A text that is far longer than asked for is cut, not refused.
constexpr std::size_t path_length = 200;
constexpr std::size_t summary_length = 600;

Json text_schema(std::size_t length) {
  return {{"type", "string"}, {"maxLength", length}};
}

Json object_schema(Json properties) {
  Json required = Json::array();
  for (const auto& [name, schema] : properties.items()) required.push_back(name);
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

Json list_schema(Json items, std::size_t count) {
  return {{"type", "array"}, {"items", std::move(items)}, {"maxItems", count}};
}

// Some models put the JSON into a fence, whatever they are told.
std::string_view without_fence(std::string_view text) {
  text = trim(text);
  if (!text.starts_with("```") || !text.ends_with("```") || text.size() < 6) return text;
  text = text.substr(0, text.size() - 3);
  (void)take_until(text, '\n');
  return trim(text);
}

constexpr std::size_t answer_bytes_max = 1U << 20U;
constexpr int depth_max = 8;

Read<Json> parse(std::string_view answer) {
  if (trim(answer).empty()) return std::unexpected("was empty");
  if (answer.size() > answer_bytes_max) return std::unexpected("was larger than a megabyte");
  bool deep = false;
  Json json = Json::parse(
      without_fence(answer),
      [&](int depth, Json::parse_event_t, Json&) {
        deep = deep || depth > depth_max;
        return !deep;
      },
      false);
  if (deep || json.is_discarded()) return std::unexpected("was no JSON");
  if (!json.is_object()) return std::unexpected("was no JSON object");
  return json;
}

const Json* member(const Json& value, std::string_view key) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(key);
  return found == value.end() ? nullptr : &*found;
}

const std::string* text_of(const Json& value, std::string_view key) {
  const Json* found = member(value, key);
  return found == nullptr ? nullptr : found->get_ptr<const std::string*>();
}

std::optional<std::uint32_t> number_of(const Json& value, std::string_view key, std::uint32_t max) {
  const Json* found = member(value, key);
  if (found == nullptr || !found->is_number_unsigned()) return std::nullopt;
  const auto number = *found->get_ptr<const Json::number_unsigned_t*>();
  return number <= max ? std::optional(static_cast<std::uint32_t>(number)) : std::nullopt;
}

std::string lacks(std::string_view key) {
  return concat("was not by the schema (", key, ")");
}

Read<const Json::array_t*> list_of(const Json& json, std::string_view key, std::size_t count) {
  const Json* list = member(json, key);
  if (list == nullptr || !list->is_array()) return std::unexpected(lacks(key));
  if (list->size() > count)
    return std::unexpected(concat("had more than ", std::uint64_t{count}, " entries"));
  return list->get_ptr<const Json::array_t*>();
}

}  // namespace

AnswerLimits answer_limits(std::uint32_t context_tokens) {
  AnswerLimits limits;
  limits.tokens_max = std::clamp(context_tokens / 4, answer_tokens_least, answer_tokens_most);
  limits.findings_max = std::clamp(limits.tokens_max / finding_tokens, 1U, findings_most);
  limits.files_max = std::clamp(limits.tokens_max / plan_entry_tokens, 1U, plan_entries_most);
  return limits;
}

std::string findings_schema(const AnswerLimits& limits) {
  Json severity = {{"type", "string"}, {"enum", {"info", "low", "medium", "high", "critical"}}};
  Json finding = object_schema({{"file", text_schema(path_length)},
                                {"quote", text_schema(240)},
                                {"severity", std::move(severity)},
                                {"why", text_schema(300)},
                                {"action", text_schema(200)}});
  return object_schema({{"findings", list_schema(std::move(finding), limits.findings_max)}}).dump();
}

Read<std::vector<Found>> read_findings(std::string_view answer, const AnswerLimits& limits) {
  const Read<Json> json = parse(answer);
  if (!json) return std::unexpected(json.error());
  const auto list = list_of(*json, "findings", limits.findings_max);
  if (!list) return std::unexpected(list.error());
  std::vector<Found> found;
  for (const Json& entry : **list) {
    const std::string* texts[] = {text_of(entry, "file"), text_of(entry, "quote"), text_of(entry, "why"),
                                  text_of(entry, "action"), text_of(entry, "severity")};
    constexpr std::string_view names[] = {"file", "quote", "why", "action", "severity"};
    for (std::size_t i = 0; i < std::size(texts); ++i) {
      if (texts[i] == nullptr) return std::unexpected(lacks(names[i]));
    }
    const std::optional<Severity> severity = severity_named(*texts[4]);
    if (!severity) return std::unexpected(lacks("severity"));
    found.push_back({*texts[0], *texts[1], *severity, *texts[2], *texts[3]});
  }
  return found;
}

std::string verdicts_schema(std::size_t findings) {
  Json verdict = object_schema({{"id", {{"type", "integer"}, {"minimum", 1}, {"maximum", findings}}},
                                {"score", {{"type", "integer"}, {"minimum", 0}, {"maximum", score_max}}},
                                {"keep", {{"type", "boolean"}}}});
  return object_schema({{"verdicts", list_schema(std::move(verdict), findings)}}).dump();
}

Read<std::vector<Verdict>> read_verdicts(std::string_view answer, std::size_t findings) {
  const Read<Json> json = parse(answer);
  if (!json) return std::unexpected(json.error());
  const auto list = list_of(*json, "verdicts", findings);
  if (!list) return std::unexpected(list.error());
  std::vector<Verdict> verdicts;
  for (const Json& entry : **list) {
    const auto id = number_of(entry, "id", static_cast<std::uint32_t>(findings));
    const auto score = number_of(entry, "score", score_max);
    const Json* keep = member(entry, "keep");
    if (!id || *id == 0) return std::unexpected(lacks("id"));
    if (!score) return std::unexpected(lacks("score"));
    if (keep == nullptr || !keep->is_boolean()) return std::unexpected(lacks("keep"));
    verdicts.push_back({*id, *score, *keep->get_ptr<const bool*>()});
  }
  return verdicts;
}

std::string plan_schema(const AnswerLimits& limits) {
  return object_schema({{"first", list_schema(text_schema(path_length), limits.files_max)}}).dump();
}

Read<std::vector<std::string>> read_plan(std::string_view answer, const AnswerLimits& limits) {
  const Read<Json> json = parse(answer);
  if (!json) return std::unexpected(json.error());
  const auto list = list_of(*json, "first", limits.files_max);
  if (!list) return std::unexpected(list.error());
  std::vector<std::string> paths;
  for (const Json& entry : **list) {
    const auto* path = entry.get_ptr<const std::string*>();
    if (path == nullptr) return std::unexpected(lacks("first"));
    paths.push_back(*path);
  }
  return paths;
}

std::string summary_schema() {
  return object_schema({{"summary", text_schema(summary_length)}}).dump();
}

Read<std::string> read_summary(std::string_view answer) {
  const Read<Json> json = parse(answer);
  if (!json) return std::unexpected(json.error());
  const std::string* summary = text_of(*json, "summary");
  if (summary == nullptr) return std::unexpected(lacks("summary"));
  return shorten(squeeze(*summary), summary_length * 2);
}

}  // namespace review
