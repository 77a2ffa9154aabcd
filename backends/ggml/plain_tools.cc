#include "plain_tools.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "common/schema.h"
#include "common/schema_keywords.h"

namespace sluice::backends::ggml {
namespace {

using Json = nlohmann::ordered_json;

// A small model that likes its call says it for ever.
constexpr int calls_max = 8;
constexpr std::string_view key = "\"tool_calls\"";
constexpr std::string_view fence = "```";
constexpr std::string_view blanks = " \t\r\n";

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// ---- From a request to texts ----

// A content is a text, a list of parts that are texts, or nothing.
Result<std::string> text_of(const Json& message) {
  const auto content = message.find("content");
  if (content == message.end() || content->is_null()) return std::string();
  if (content->is_string()) return content->get<std::string>();
  std::string all;
  for (const Json& part : *content) {
    const auto text = part.is_object() ? part.find("text") : part.end();
    if (!part.is_object() || text == part.end() || !text->is_string()) {
      return failed(SLUICE_NN_INVALID, "a message's content is no text, and this model's tools need texts");
    }
    all += (all.empty() ? "" : "\n") + text->get<std::string>();
  }
  return all;
}

// Arguments come as JSON in a text.
Json arguments_of(const Json& function) {
  const auto found = function.find("arguments");
  if (found == function.end()) return Json::object();
  if (!found->is_string()) return *found;
  Json parsed = Json::parse(found->get_ref<const std::string&>(), nullptr, /*allow_exceptions=*/false);
  return parsed.is_discarded() ? *found : parsed;
}

std::string description_of(const Json& request, ToolUse use) {
  std::string text = "You can call these functions:\n";
  for (const Json& tool : request.at("tools")) {
    const Json& function = tool.at("function");
    Json told{{"name", function.at("name")}};
    for (const char* part : {"description", "parameters"}) {
      if (const auto found = function.find(part); found != function.end() && !found->is_null())
        told[part] = *found;
    }
    text += dump(told) + "\n";
  }
  text +=
      "To call one, answer with nothing but JSON of this form:\n"
      R"({"tool_calls":[{"name":"NAME","arguments":{...}}]})"
      "\n";
  if (request.value("parallel_tool_calls", true)) text += "Several calls stand in the same list.\n";
  return text + (use == ToolUse::required
                     ? "Answer with a call now."
                     : "Its result comes with the next message. Where none of them helps, "
                       "answer in words.");
}

class Rewriting {
 public:
  Result<void> add(const Json& message) {
    if (message.at("role") == "tool") return add_result(message);
    in_results_ = false;
    const auto calls = message.find("tool_calls");
    if (calls == message.end() || !calls->is_array() || calls->empty()) {
      messages_.push_back(message);
      messages_.back().erase("tool_calls");
      return {};
    }
    return add_calls(message, *calls);
  }
  Json take() { return std::move(messages_); }

 private:
  Result<void> add_calls(const Json& message, const Json& calls) {
    auto text = text_of(message);
    if (!text) return std::unexpected(text.error());
    Json told = Json::array();
    for (const Json& call : calls) {
      const auto function = call.is_object() ? call.find("function") : call.end();
      if (!call.is_object() || function == call.end() || !function->is_object() ||
          !function->contains("name") || !(*function)["name"].is_string()) {
        return failed(SLUICE_NN_INVALID, "a call of a tool has no name");
      }
      const auto name = (*function)["name"].get<std::string>();
      if (const auto id = call.find("id"); id != call.end() && id->is_string())
        names_[id->get<std::string>()] = name;
      told.push_back({{"name", name}, {"arguments", arguments_of(*function)}});
    }
    if (!text->empty()) *text += "\n";
    messages_.push_back(
        {{"role", "assistant"}, {"content", *text + dump({{"tool_calls", std::move(told)}})}});
    return {};
  }

  // Results that follow each other are one message: many templates want turns of user and assistant.
  Result<void> add_result(const Json& message) {
    auto text = text_of(message);
    if (!text) return std::unexpected(text.error());
    const auto id = message.find("tool_call_id");
    const auto name =
        id != message.end() && id->is_string() ? names_.find(id->get<std::string>()) : names_.end();
    const std::string told =
        "Result of " + (name != names_.end() ? name->second : "the call") + ":\n" + *text;
    if (in_results_) {
      std::string& before = messages_.back()["content"].get_ref<std::string&>();
      before += "\n\n" + told;
    } else {
      messages_.push_back({{"role", "user"}, {"content", told}});
    }
    in_results_ = true;
    return {};
  }

  Json messages_ = Json::array();
  bool in_results_ = false;
  std::map<std::string, std::string> names_;  // of the calls, by their ids
};

// ---- From an answer to a message ----

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(blanks, at), text.size());
}

enum class Opening : std::uint8_t { none, may_become, whole };

// Whether calls begin at this bracket.
Opening opening_at(std::string_view text, std::size_t bracket) {
  const std::string_view rest = text.substr(skip_blanks(text, bracket + 1));
  if (rest.starts_with(key)) return Opening::whole;
  return key.starts_with(rest) ? Opening::may_become : Opening::none;
}

// Where the words before the calls end. Models like to put JSON between fences.
std::size_t words_end(std::string_view text, std::size_t end) {
  const auto trim = [&] {
    const std::size_t last = text.substr(0, end).find_last_not_of(blanks);
    end = last == std::string_view::npos ? 0 : last + 1;
  };
  trim();
  const std::size_t line = text.substr(0, end).find_last_of('\n') + 1;
  const std::string_view last = text.substr(line, end - line);
  if (last == fence || last == "```json" || last == "```tool_calls") {
    end = line;
    trim();
  }
  return end;
}

// The same before calls that may still come: the last line may become a fence.
std::size_t sure_words_end(std::string_view text) {
  const std::size_t line = text.find_last_of('\n') + 1;
  const std::string_view last = text.substr(line);
  const bool fences =
      std::ranges::any_of(std::array{fence, std::string_view("```json"), std::string_view("```tool_calls")},
                          [&](std::string_view one) { return one.starts_with(last); });
  return words_end(text, fences ? line : text.size());
}

// The bracket that closes the one at `begin`; nothing: it isn't there yet.
std::optional<std::size_t> closing(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const char letter = text[i];
    if (in_string) {
      if (letter == '\\') ++i;
      if (letter == '"') in_string = false;
    } else if (letter == '"') {
      in_string = true;
    } else if (letter == '{' || letter == '[') {
      ++depth;
    } else if ((letter == '}' || letter == ']') && --depth == 0) {
      return i;
    }
  }
  return std::nullopt;
}

// Nothing: it is JSON of another form, or none.
std::optional<Json> call_in(std::string_view text) {
  auto call = parse_json(text, "a call");
  if (!call || !call->is_object() || !call->contains("name") || !(*call)["name"].is_string() ||
      !call->contains("arguments")) {
    return std::nullopt;
  }
  return Json{{"id", ""},
              {"type", "function"},
              {"function", {{"name", (*call)["name"]}, {"arguments", dump((*call)["arguments"])}}}};
}

struct Calls {
  Json list = Json::array();
  bool are_cut = false;  // the text ends before the list does
};

// The calls of the document that begins at this bracket. Nothing: it has another form.
std::optional<Calls> calls_at(std::string_view text, std::size_t bracket) {
  Calls calls;
  std::size_t at = skip_blanks(text, bracket + 1) + key.size();
  // Whether the letter is next. The end of the text is as good: it is cut there.
  const auto pass = [&](char letter) {
    at = skip_blanks(text, at);
    calls.are_cut = calls.are_cut || at == text.size();
    if (calls.are_cut) return true;
    if (text[at] != letter) return false;
    ++at;
    return true;
  };
  if (!pass(':') || !pass('[')) return std::nullopt;
  do {
    if (!pass('{')) return std::nullopt;
    if (calls.are_cut) return calls;
    const auto end = closing(text, at - 1);
    calls.are_cut = !end;
    if (!end) return calls;
    auto call = call_in(text.substr(at - 1, *end + 2 - at));
    if (!call) return std::nullopt;
    calls.list.push_back(std::move(*call));
    at = *end + 1;
  } while (pass(',') && !calls.are_cut);
  if (!pass(']') || !pass('}')) return std::nullopt;
  return calls;
}

Json words(std::string_view text) {
  return {{"role", "assistant"}, {"content", text}};
}

}  // namespace

Result<void> tell_of_tools(Json& request, ToolUse use) {
  Rewriting rewriting;
  for (const Json& message : request.at("messages")) {
    if (auto added = rewriting.add(message); !added) return added;
  }
  Json messages = rewriting.take();
  if (use != ToolUse::none) {
    const std::string told = description_of(request, use);
    const Json& role = messages.front().at("role");
    if (role == "system" || role == "developer") {
      auto text = text_of(messages.front());
      if (!text) return std::unexpected(text.error());
      messages.front()["content"] = *text + (text->empty() ? "" : "\n\n") + told;
    } else {
      messages.insert(messages.begin(), Json{{"role", "system"}, {"content", told}});
    }
  }
  request["messages"] = std::move(messages);
  return {};
}

Result<std::string> plain_grammar(const Json& request) {
  Json choices = Json::array();
  Json definitions = Json::object();
  for (const Json& tool : request.at("tools")) {
    const Json& function = tool.at("function");
    Json arguments = function.value("parameters", Json::object());
    if (arguments.is_null() || arguments.empty())
      arguments = {{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}};
    const std::string name = "arguments-" + std::to_string(choices.size());
    move_references(arguments, "/$defs/" + name);
    definitions[name] = std::move(arguments);
    choices.push_back(
        {{"type", "object"},
         {"properties",
          {{"name", {{"const", function.at("name")}}}, {"arguments", {{"$ref", "#/$defs/" + name}}}}},
         {"required", {"name", "arguments"}},
         {"additionalProperties", false}});
  }
  const bool several = request.value("parallel_tool_calls", true);
  const Json list{{"type", "array"},
                  {"items", {{"anyOf", std::move(choices)}}},
                  {"minItems", 1},
                  {"maxItems", several ? calls_max : 1}};
  const Json schema{{"type", "object"},
                    {"properties", {{"tool_calls", list}}},
                    {"required", {"tool_calls"}},
                    {"additionalProperties", false},
                    {"$defs", std::move(definitions)}};
  auto grammar = schema_to_grammar(dump(schema), SchemaUse::tools);
  if (!grammar) return failed(grammar.error().status, "the tools together: " + grammar.error().text);
  return grammar;
}

Json read_plain_calls(std::string_view text, bool partial) {
  for (std::size_t bracket = text.find('{'); bracket != std::string_view::npos;
       bracket = text.find('{', bracket + 1)) {
    const Opening opening = opening_at(text, bracket);
    if (opening == Opening::none || (opening == Opening::may_become && !partial)) continue;
    Json message = words(text.substr(0, words_end(text, bracket)));
    if (opening == Opening::may_become) return message;
    auto calls = calls_at(text, bracket);
    if (!calls) continue;
    if (!calls->list.empty() && !(partial && calls->are_cut)) message["tool_calls"] = std::move(calls->list);
    return message;
  }
  return words(partial ? text.substr(0, sure_words_end(text)) : text);
}

}  // namespace sluice::backends::ggml
