#include "plain_tools.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "schema.h"

namespace sluice::ggml {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t calls_max = 8;
constexpr std::string_view blanks = " \t\r\n";

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : dump(*found);
}

std::string describe(const Json& tools) {
  std::string text =
      "You can call functions. To call them, answer with nothing but JSON of this form: "
      R"({"tool_calls":[{"name":"NAME","arguments":{}}]})"
      ". These are the functions, with the JSON schemas of their arguments:";
  for (const Json& tool : tools) text += "\n" + dump(tool.at("function"));
  return text;
}

// Calls as the model itself would have written them.
std::string with_calls(const Json& message) {
  Json calls = Json::array();
  for (const Json& call : message.at("tool_calls")) {
    const auto function = call.is_object() ? call.find("function") : call.end();
    if (!call.is_object() || function == call.end() || !function->is_object()) continue;
    const std::string written = text_of(*function, "arguments");
    Json arguments = Json::parse(written, nullptr, false);
    if (arguments.is_discarded()) arguments = written;
    calls.push_back({{"name", text_of(*function, "name")}, {"arguments", std::move(arguments)}});
  }
  const std::string before = text_of(message, "content");
  return (before.empty() ? "" : before + "\n") + dump(Json{{"tool_calls", std::move(calls)}});
}

// `#/$defs/x` of a tool's own schema, where that is a part of another.
void move_references(Json& schema, const std::string& place) {
  if (const auto found = schema.is_object() ? schema.find("$ref") : schema.end();
      schema.is_object() && found != schema.end() && found->is_string()) {
    const auto& target = found->get_ref<const std::string&>();
    if (target.starts_with('#')) *found = place + target.substr(1);
  }
  if (!schema.is_structured()) return;
  for (Json& inner : schema) move_references(inner, place);
}

// Where the calls begin in an answer; `maybe`: what there is so far could become their beginning.
struct Begin {
  std::size_t at = std::string_view::npos;
  bool maybe = false;
};

Begin find_calls(std::string_view answer) {
  constexpr std::string_view word = "\"tool_calls\"";
  for (std::size_t at = answer.find('{'); at != std::string_view::npos; at = answer.find('{', at + 1)) {
    const std::size_t next = answer.find_first_not_of(blanks, at + 1);
    const std::string_view rest = next == std::string_view::npos ? "" : answer.substr(next);
    if (rest.starts_with(word)) return {at, false};
    if (word.starts_with(rest)) return {at, true};
  }
  return {};
}

std::string_view without_blanks_after(std::string_view text) {
  const std::size_t last = text.find_last_not_of(blanks);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::optional<Json> parse_calls(std::string_view text) {
  const Json written = Json::parse(text, nullptr, false);
  if (!written.is_object() || !written.contains("tool_calls") || !written["tool_calls"].is_array())
    return std::nullopt;
  Json calls = Json::array();
  for (const Json& call : written["tool_calls"]) {
    if (!call.is_object() || text_of(call, "name").empty()) return std::nullopt;
    const std::string arguments = text_of(call, "arguments");
    calls.push_back(
        {{"type", "function"},
         {"function",
          {{"name", text_of(call, "name")}, {"arguments", arguments.empty() ? "{}" : arguments}}}});
  }
  if (calls.empty()) return std::nullopt;
  return calls;
}

}  // namespace

Json tell_of_tools(const Json& messages, const Json& tools) {
  Json told = Json::array();
  for (const Json& message : messages) {
    const std::string role = text_of(message, "role");
    if (role == "tool") {
      const std::string result = "The call's result: " + text_of(message, "content");
      const bool joins = !told.empty() && told.back().contains("results");
      if (joins) {
        told.back()["content"] = text_of(told.back(), "content") + "\n" + result;
      } else {
        told.push_back({{"role", "user"}, {"content", result}, {"results", true}});
      }
    } else if (role == "assistant" && message.contains("tool_calls") && message["tool_calls"].is_array() &&
               !message["tool_calls"].empty()) {
      told.push_back({{"role", role}, {"content", with_calls(message)}});
    } else {
      told.push_back(message);
    }
  }
  for (Json& message : told) message.erase("results");
  if (tools.empty()) return told;
  Json& first = told.front();
  const std::string role = text_of(first, "role");
  if (role == "system" || role == "developer") {
    first["content"] = text_of(first, "content") + "\n\n" + describe(tools);
  } else {
    told.insert(told.begin(), Json{{"role", "system"}, {"content", describe(tools)}});
  }
  return told;
}

Result<std::string> calls_grammar(const Json& tools, Calls calls) {
  Json definitions = Json::object();
  Json kinds = Json::array();
  for (const Json& tool : tools) {
    const Json& function = tool.at("function");
    const std::string name = "tool_" + std::to_string(kinds.size());
    const std::string place = "#/$defs/" + name;
    Json parameters = function.value("parameters", Json());
    if (!parameters.is_object() || parameters.empty()) parameters = Json{{"type", "object"}};
    move_references(parameters, place);
    definitions[name] = std::move(parameters);
    kinds.push_back(
        {{"type", "object"},
         {"properties", {{"name", {{"const", function.at("name")}}}, {"arguments", {{"$ref", place}}}}},
         {"required", {"name", "arguments"}},
         {"additionalProperties", false}});
  }
  const Json list{{"type", "array"},
                  {"items", kinds.size() == 1 ? kinds.front() : Json{{"anyOf", kinds}}},
                  {"minItems", 1},
                  {"maxItems", calls == Calls::one ? 1 : calls_max}};
  const Json schema{{"type", "object"},
                    {"properties", {{"tool_calls", list}}},
                    {"required", {"tool_calls"}},
                    {"additionalProperties", false},
                    {"$defs", std::move(definitions)}};
  auto grammar = schema_to_grammar(dump(schema));
  if (!grammar) grammar.error().text = "the schemas of the tools: " + grammar.error().text;
  return grammar;
}

Json read_calls(std::string_view answer, bool partial) {
  Json message{{"role", "assistant"}, {"content", answer}};
  const Begin begin = find_calls(answer);
  if (begin.at == std::string_view::npos) return message;
  const std::string_view before = without_blanks_after(answer.substr(0, begin.at));
  if (partial) {
    message["content"] = before;
  } else if (auto calls = begin.maybe ? std::nullopt : parse_calls(answer.substr(begin.at))) {
    message["content"] = before;
    message["tool_calls"] = std::move(*calls);
  }
  return message;
}

}  // namespace sluice::ggml
