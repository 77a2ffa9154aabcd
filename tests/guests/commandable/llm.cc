// Calls over sluice:llm. A chat is {"messages": [text | {"role", "content", "tool_calls", "tool_call_id"}],
// "options":
// {"model", "temperature", "top_p", "max_tokens", "seed", "stop", "json_object", "schema" (JSON), "grammar",
// "tools":
// [{"name", "description", "parameters" (JSON)}], "tool_choice", "logprobs"}}; a message that is a text is
// the user's.
//   {"do": "ask", …a chat}: the completion          {"do": "ask-all", "requests": [a chat, …]}: a list of
//   them
//   {"do": "embed", "model", "texts"}   {"do": "count", "model", "texts"}   {"do": "describe", "model"}
#include <sluice/text.h>
#include <sluice/world.h>

#include "command.h"

namespace commandable {
namespace {
namespace chat = ::sluice::llm::chat;
namespace json = ::sluice::guest::json;
using ::sluice::guest::to_wit;

std::string describe(const ::sluice::llm::types::Error& error) {
  using Error = ::sluice::llm::types::Error;
  struct Visitor {
    std::string operator()(const Error::Unavailable& e) { return "unavailable: " + e.value.to_string(); }
    std::string operator()(const Error::RateLimited& e) { return "rate-limited: " + std::to_string(e.value); }
    std::string operator()(const Error::ContextTooLong& e) {
      return "context-too-long: " + std::to_string(e.value.needed) + " of " +
             std::to_string(e.value.available);
    }
    std::string operator()(const Error::Invalid& e) { return "invalid: " + e.value.to_string(); }
    std::string operator()(const Error::Refused& e) { return "refused: " + e.value.to_string(); }
    std::string operator()(const Error::Timeout&) { return "timeout"; }
  };
  return std::visit(Visitor{}, error.variants);
}

const Json& member(const Json& value, std::string_view key) {
  static const Json none;
  const Json* found = json::find(value, key);
  return found == nullptr ? none : *found;
}

template <class To, class Convert>
wit::vector<To> list_of(const Json& items, Convert convert) {
  auto out = wit::vector<To>::allocate(items.is_array() ? items.size() : 0);
  for (std::size_t i = 0; i < out.size(); ++i) out.initialize(i, convert(items[i]));
  return out;
}

wit::string text(const Json& value) {
  return to_wit(value.is_string() ? *value.get_ptr<const std::string*>() : json::dump(value));
}

std::optional<wit::string> optional_text(const Json& value, std::string_view key) {
  const auto found = json::get_text(value, key);
  if (!found) return std::nullopt;
  return to_wit(*found);
}

template <class T>
std::optional<T> number(const Json& value, std::string_view key) {
  const Json& found = member(value, key);
  if (!found.is_number()) return std::nullopt;
  return found.is_number_float() ? static_cast<T>(*found.get_ptr<const double*>())
                                 : static_cast<T>(*found.get_ptr<const std::int64_t*>());
}

chat::Role role_of(std::string_view name) {
  if (name == "system") return chat::Role::kSystem;
  if (name == "assistant") return chat::Role::kAssistant;
  return name == "tool" ? chat::Role::kTool : chat::Role::kUser;
}

chat::Message message_of(const Json& value) {
  if (value.is_string()) return {chat::Role::kUser, text(value), {}, std::nullopt};
  return {role_of(text_of(value, "role", "user")), to_wit(text_of(value, "content")),
          list_of<chat::ToolCall>(member(value, "tool_calls"),
                                  [](const Json& call) -> chat::ToolCall {
                                    return {to_wit(text_of(call, "id")), to_wit(text_of(call, "name")),
                                            text(member(call, "arguments"))};
                                  }),
          optional_text(value, "tool_call_id")};
}

chat::ResponseFormat format_of(const Json& options) {
  if (options.contains("schema")) return {chat::ResponseFormat::JsonSchema{text(member(options, "schema"))}};
  if (options.contains("grammar")) return {chat::ResponseFormat::Grammar{text(member(options, "grammar"))}};
  if (options.contains("json_object")) return {chat::ResponseFormat::JsonObject{}};
  return {chat::ResponseFormat::Text{}};
}

chat::ToolChoice choice_of(std::string_view name) {
  if (name == "none") return {chat::ToolChoice::None{}};
  if (name == "required") return {chat::ToolChoice::Required{}};
  return {chat::ToolChoice::Automatic{}};
}

chat::Options options_of(const Json& options) {
  return {optional_text(options, "model"),
          number<float>(options, "temperature"),
          number<float>(options, "top_p"),
          number<std::uint32_t>(options, "max_tokens"),
          number<std::uint64_t>(options, "seed"),
          list_of<wit::string>(member(options, "stop"), text),
          format_of(options.is_object() ? options : Json::object()),
          list_of<chat::Tool>(member(options, "tools"),
                              [](const Json& tool) -> chat::Tool {
                                return {to_wit(text_of(tool, "name")), to_wit(text_of(tool, "description")),
                                        text(member(tool, "parameters"))};
                              }),
          choice_of(text_of(options, "tool_choice")),
          number<std::uint32_t>(options, "logprobs")};
}

Json show(const chat::Message& message) {
  Json calls = Json::array();
  for (const auto& call : message.tool_calls.get_const_view()) {
    calls.push_back({{"id", call.id.to_string()},
                     {"name", call.name.to_string()},
                     {"arguments", call.arguments.to_string()}});
  }
  return {{"content", message.content.to_string()}, {"tool_calls", calls}};
}

Json show(const chat::Completion& completion) {
  constexpr std::string_view finishes[] = {"stop", "length", "tool-calls", "content-filter"};
  Json out = show(completion.message);
  const auto& usage = completion.usage;
  out["finish"] = finishes[static_cast<std::size_t>(completion.finish_reason)];
  out["model"] = completion.model.to_string();
  out["usage"] = {{"prompt", usage.prompt_tokens},
                  {"completion", usage.completion_tokens},
                  {"cached", usage.cached_tokens},
                  {"cost", usage.cost_micros ? Json(*usage.cost_micros) : Json(nullptr)}};
  Json logprobs = Json::array();
  for (const auto& token : completion.logprobs.get_const_view()) {
    Json top = Json::array();
    for (const auto& other : token.top.get_const_view())
      top.push_back({other.token.to_string(), other.logprob});
    logprobs.push_back({{"token", token.token.to_string()}, {"logprob", token.logprob}, {"top", top}});
  }
  out["logprobs"] = logprobs;
  return out;
}

template <class T>
using Answered = std::expected<T, ::sluice::llm::types::Error>;

template <class T, class Show>
Answer answer(Answered<T> result, Show show_it) {
  if (!result) return reject("llm: " + describe(result.error()));
  return done(show_it(*result));
}

wit::vector<chat::Message> messages_of(const Json& command) {
  return list_of<chat::Message>(member(command, "messages"), message_of);
}

Answer ask(const Json& command) {
  const auto messages = messages_of(command);
  return answer(chat::Complete(messages.get_const_view(), options_of(member(command, "options"))),
                [](const chat::Completion& completion) { return show(completion); });
}

Answer ask_all(const Json& command) {
  auto requests = list_of<chat::Request>(member(command, "requests"), [](const Json& one) -> chat::Request {
    return {messages_of(one), options_of(member(one, "options"))};
  });
  return answer(chat::CompleteAll(requests.get_const_view()), [](const auto& completions) {
    Json out = Json::array();
    for (const auto& one : completions.get_const_view()) {
      out.push_back(one ? show(*one) : Json{{"error", describe(one.error())}});
    }
    return out;
  });
}

Answer describe_model(const Json& command) {
  return answer(chat::Describe(json::get_text(command, "model")), [](const chat::ModelInfo& info) {
    return Json{{"name", info.name.to_string()},
                {"context_tokens", info.context_tokens ? Json(*info.context_tokens) : Json(nullptr)},
                {"local", info.local},
                {"exact_counts", info.exact_counts}};
  });
}

std::vector<std::string_view> texts_of(const Json& command) {
  std::vector<std::string_view> texts;
  for (const Json& one : member(command, "texts")) {
    if (one.is_string()) texts.emplace_back(*one.get_ptr<const std::string*>());
  }
  return texts;
}

Answer count(const Json& command) {
  const auto texts = texts_of(command);
  return answer(chat::CountTokens(json::get_text(command, "model"), texts), [](const auto& counts) {
    Json out = Json::array();
    for (const std::uint32_t one : counts.get_const_view()) out.push_back(one);
    return out;
  });
}

#ifdef COMMANDABLE_EMBEDDINGS
Answer embed(const Json& command) {
  const auto texts = texts_of(command);
  return answer(::sluice::llm::embeddings::Embed(json::get_text(command, "model"), texts),
                [](const auto& embedded) {
                  Json vectors = Json::array();
                  for (const auto& vector : embedded.vectors.get_const_view()) {
                    Json one = Json::array();
                    for (const float x : vector.get_const_view()) one.push_back(x);
                    vectors.push_back(one);
                  }
                  return Json{{"vectors", vectors},
                              {"model", embedded.model.to_string()},
                              {"prompt_tokens", embedded.prompt_tokens}};
                });
}
#endif

}  // namespace

Run find_llm(std::string_view name) {
  if (name == "ask") return ask;
  if (name == "ask-all") return ask_all;
  if (name == "describe") return describe_model;
  if (name == "count") return count;
#ifdef COMMANDABLE_EMBEDDINGS
  if (name == "embed") return embed;
#endif
  return nullptr;
}

}  // namespace commandable
