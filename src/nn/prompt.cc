#include "nn/prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/entropy.h"
#include "base/value.h"
#include "nn/language_model.h"

namespace sluice::nn {

namespace {

// Keeps the order of a schema's properties: the grammar, and so the answer, has them in this order.
using json = nlohmann::ordered_json;

std::unexpected<Error> invalid(const LoadedModel& model, std::string why) {
  return fail(ErrorCode::invalid_input, model.asked(), std::move(why));
}

json json_of(const Message& message) {
  constexpr std::array roles{"system", "user", "assistant", "tool"};
  json out{{"role", roles[static_cast<std::size_t>(message.role)]}, {"content", message.content}};
  for (const ToolCall& call : message.tool_calls) {
    out["tool_calls"].push_back({{"id", call.id},
                                 {"type", "function"},
                                 {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
  }
  if (message.tool_call_id) out["tool_call_id"] = *message.tool_call_id;
  return out;
}

// Nothing: a text that has to be JSON is none.
std::optional<json> json_of(const ChatRequest& request) {
  json out{{"messages", json::array()}};
  for (const Message& message : request.messages) out["messages"].push_back(json_of(message));
  for (const Tool& tool : request.tools) {
    json parameters = json::parse(tool.parameters, nullptr, false);
    if (!parameters.is_object()) return std::nullopt;
    out["tools"].push_back(
        {{"type", "function"},
         {"function",
          {{"name", tool.name}, {"description", tool.description}, {"parameters", std::move(parameters)}}}});
  }
  if (!request.tools.empty()) {
    constexpr std::array choices{"auto", "none", "required"};
    out["tool_choice"] = choices[static_cast<std::size_t>(request.tool_choice)];
    out["parallel_tool_calls"] = request.parallel_tool_calls;
  }
  switch (request.format.kind) {
    case ResponseFormat::Kind::text:
      break;
    case ResponseFormat::Kind::json_object:
      out["response_format"] = {{"type", "json_object"}};
      break;
    case ResponseFormat::Kind::json_schema: {
      json schema = json::parse(request.format.text, nullptr, false);
      if (schema.is_discarded()) return std::nullopt;
      out["response_format"] = {{"type", "json_schema"}, {"schema", std::move(schema)}};
      break;
    }
    case ResponseFormat::Kind::grammar:
      out["response_format"] = {{"type", "grammar"}, {"grammar", request.format.text}};
      break;
  }
  return out;
}

struct Grammar {
  std::string text;
  bool lazy = false;
  std::string triggers;
};

Result<Grammar> grammar_of(const LoadedModel& model, const ResponseFormat& format) {
  if (format.kind == ResponseFormat::Kind::text) return Grammar{};
  if (format.kind == ResponseFormat::Kind::grammar) return Grammar{format.text, false, {}};
  const std::string_view schema = format.kind == ResponseFormat::Kind::json_object
                                      ? R"({"type":"object"})"
                                      : std::string_view(format.text);
  TextSink grammar;
  sluice_nn_error error{};
  const auto status = model.llm().schema_grammar(model.handle(), plugin_text(schema), grammar.sink(), &error);
  if (status != SLUICE_NN_OK) return std::unexpected(plugin_error(status, error, model.asked()));
  return Grammar{grammar.text(), false, {}};
}

Status open_sampler(const LoadedModel& model, const GenerateOptions& options, const Grammar& grammar,
                    Prompt& prompt) {
  if (options.tokens_max == 0U) return invalid(model, "the most tokens of the answer are 0");
  const Sampling& chosen = options.sampling;
  std::vector<std::int32_t> bias_tokens;
  std::vector<float> bias_values;
  for (const auto& [token, value] : chosen.logit_bias) {
    if (token < 0 || static_cast<std::uint32_t>(token) >= model.vocabulary()) {
      return invalid(
          model, fmt::format("logit-bias names the token {}, and there are {}", token, model.vocabulary()));
    }
    bias_tokens.push_back(token);
    bias_values.push_back(value);
  }
  if (options.ignore_end) {
    for (std::uint32_t token = 0; token < model.vocabulary(); ++token) {
      if (model.llm().is_end(model.handle(), static_cast<std::int32_t>(token)) == 0) continue;
      bias_tokens.push_back(static_cast<std::int32_t>(token));
      bias_values.push_back(-std::numeric_limits<float>::infinity());
    }
  }
  sluice_nn_sampling sampling{};
  const SamplingDefaults& otherwise = model.sampling();
  sampling.temperature = chosen.temperature.value_or(otherwise.temperature);
  sampling.top_p = chosen.top_p.value_or(otherwise.top_p);
  sampling.min_p = chosen.min_p.value_or(otherwise.min_p);
  sampling.top_k =
      static_cast<std::int32_t>(std::min(chosen.top_k.value_or(otherwise.top_k), model.vocabulary()));
  sampling.repeat_penalty = chosen.repeat_penalty;
  sampling.presence_penalty = chosen.presence_penalty;
  sampling.frequency_penalty = chosen.frequency_penalty;
  sampling.penalty_last = -1;
  sampling.seed = chosen.seed ? *chosen.seed : system_entropy().u64();
  sampling.grammar = plugin_text(grammar.text);
  sampling.grammar_lazy = grammar.lazy ? 1 : 0;
  sampling.grammar_triggers = plugin_text(grammar.triggers);
  sampling.bias_tokens = bias_tokens.data();
  sampling.bias_values = bias_values.data();
  sampling.bias_count = bias_tokens.size();
  sluice_nn_sampler* sampler = nullptr;
  sluice_nn_error error{};
  const auto status = model.llm().sampler_open(model.handle(), &sampling, &sampler, &error);
  if (status != SLUICE_NN_OK) return std::unexpected(plugin_error(status, error, model.asked()));
  prompt.sampler = SamplerHandle(sampler, PluginClose{&model.llm()});
  if (chosen.repeat_penalty != 1) {
    for (const std::int32_t token : prompt.tokens) {
      if (token >= 0) model.llm().sampler_see(sampler, token);
    }
  }
  prompt.stop.insert(prompt.stop.end(), options.stop.begin(), options.stop.end());
  prompt.tokens_max = options.tokens_max;
  prompt.logprobs = options.logprobs;
  // Who names a seed wants the same text again. Images are computed in batches of other sizes.
  prompt.steady =
      chosen.seed.has_value() && model.settings().steady_most > 0 && prompt.pictures.all().empty();
  return {};
}

Status set_tokens(const LoadedModel& model, std::vector<std::int32_t> tokens, Prompt& prompt) {
  if (tokens.empty()) return invalid(model, "the prompt is empty");
  const auto needed = static_cast<std::uint32_t>(tokens.size() + prompt.pictures.extra_room() + 1);
  if (needed > model.settings().request_tokens) {
    return std::unexpected(context_too_long(model.name(), {needed, model.settings().request_tokens}));
  }
  prompt.tokens = std::move(tokens);
  return {};
}

// The tokens of a prompt; those of images are in `pictures`, too.
Result<std::vector<std::int32_t>> read(const LoadedModel& model, const TextRequest& request,
                                       Pictures& pictures) {
  if (model.info().is_embedding) return invalid(model, "it embeds texts and does not generate any");
  if (!request.images.empty()) return read_mixed(model, request, pictures);
  return model.tokenize(request.prompt, LoadedModel::Ends::begin,
                        request.special_tokens ? SpecialTokens::recognized : SpecialTokens::as_text);
}

// Of a chat: the plug-in has split those prompts itself in which texts from outside name special tokens.
Status set_tokens(const LoadedModel& model, const json& prepared, Prompt& prompt) {
  const auto given = prepared.find("tokens");
  if (given == prepared.end()) {
    auto tokens = model.tokenize(prepared["prompt"].get_ref<const std::string&>(), LoadedModel::Ends::begin,
                                 SpecialTokens::recognized);
    if (!tokens) return std::unexpected(std::move(tokens.error()));
    return set_tokens(model, std::move(*tokens), prompt);
  }
  std::vector<std::int32_t> tokens;
  for (const json& token : *given) {
    if (!token.is_number_unsigned() || token.get<std::uint64_t>() >= model.vocabulary()) {
      return fail(ErrorCode::unavailable, model.asked(), "its backend prepared tokens that there are not");
    }
    tokens.push_back(token.get<std::int32_t>());
  }
  return set_tokens(model, std::move(tokens), prompt);
}

std::optional<Message> message_of(const json& parsed) {
  if (!parsed.is_object()) return std::nullopt;
  Message message{Role::assistant, {}, {}, {}};
  if (const auto content = parsed.find("content"); content != parsed.end() && content->is_string()) {
    message.content = content->get<std::string>();
  }
  const auto calls = parsed.find("tool_calls");
  if (calls == parsed.end() || !calls->is_array()) return message;
  for (const json& call : *calls) {
    const auto function = call.is_object() ? call.find("function") : call.end();
    if (!call.is_object() || function == call.end() || !function->is_object()) continue;
    const auto text = [](const json& object, const char* name) {
      const auto found = object.find(name);
      if (found == object.end() || found->is_null()) return std::string();
      return found->is_string() ? found->get<std::string>() : found->dump();
    };
    ToolCall& added = message.tool_calls.emplace_back(
        ToolCall{text(call, "id"), text(*function, "name"), text(*function, "arguments")});
    // Of its own in the whole conversation, which goes on with it.
    if (added.id.empty()) added.id = fmt::format("call_{:016x}", system_entropy().u64());
  }
  return message;
}

}  // namespace

Result<Prompt> prepare(const LoadedModel& model, const ChatRequest& request) {
  if (model.info().is_embedding) return invalid(model, "it embeds texts and does not chat");
  if (request.messages.empty()) return invalid(model, "there are no messages");
  const auto asked = json_of(request);
  if (!asked) return invalid(model, "a schema (of a tool or of the answer) is not JSON");
  TextSink sink;
  sluice_nn_error error{};
  const std::string asked_text = asked->dump();
  const auto status = model.llm().chat_prepare(model.handle(), plugin_text(asked_text), sink.sink(), &error);
  if (status != SLUICE_NN_OK) return std::unexpected(plugin_error(status, error, model.asked()));
  const json prepared = json::parse(sink.text(), nullptr, false);
  if (!prepared.is_object() || !prepared.contains("prompt") || !prepared["prompt"].is_string()) {
    return fail(ErrorCode::unavailable, model.asked(), "its backend prepared no prompt");
  }
  const auto text = [&](const char* name) {
    const auto found = prepared.find(name);
    if (found == prepared.end() || found->is_null()) return std::string();
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  Prompt prompt;
  prompt.parser = text("parser");
  if (const auto stop = prepared.find("stop"); stop != prepared.end() && stop->is_array()) {
    for (const json& one : *stop) {
      if (one.is_string()) prompt.stop.push_back(one.get<std::string>());
    }
  }
  if (const auto kept = prepared.find("preserved"); kept != prepared.end() && kept->is_array()) {
    for (const json& one : *kept) {
      if (one.is_number_integer()) prompt.preserved.push_back(one.get<std::int32_t>());
    }
  }
  Grammar grammar{text("grammar"), false, text("grammar_triggers")};
  if (const auto lazy = prepared.find("grammar_lazy"); lazy != prepared.end()) {
    grammar.lazy = *lazy == true || *lazy == 1;
  }
  if (auto ok = set_tokens(model, prepared, prompt); !ok) {
    return std::unexpected(std::move(ok.error()));
  }
  if (auto ok = open_sampler(model, request.options, grammar, prompt); !ok) {
    return std::unexpected(std::move(ok.error()));
  }
  return prompt;
}

Result<Prompt> prepare(const LoadedModel& model, const TextRequest& request) {
  Prompt prompt;
  auto tokens = read(model, request, prompt.pictures);
  if (!tokens) return std::unexpected(std::move(tokens.error()));
  if (auto ok = set_tokens(model, std::move(*tokens), prompt); !ok) {
    return std::unexpected(std::move(ok.error()));
  }
  auto grammar = grammar_of(model, request.format);
  if (!grammar) return std::unexpected(std::move(grammar.error()));
  if (auto ok = open_sampler(model, request.options, *grammar, prompt); !ok) {
    return std::unexpected(std::move(ok.error()));
  }
  return prompt;
}

Result<std::uint32_t> count_tokens(const LoadedModel& model, const TextRequest& request) {
  Pictures pictures;
  const auto tokens = read(model, request, pictures);
  if (!tokens) return std::unexpected(tokens.error());
  return static_cast<std::uint32_t>(tokens->size() + pictures.extra_room());
}

std::optional<Message> parse_answer(const LoadedModel& model, std::string_view parser, std::string_view text,
                                    Part part) {
  const std::string characters = to_utf8(text, nullptr);
  if (!parser.empty()) {
    TextSink sink;
    sluice_nn_error error{};
    const auto status = model.llm().chat_parse(model.handle(), plugin_text(parser), plugin_text(characters),
                                               part == Part::so_far ? 1 : 0, sink.sink(), &error);
    if (status == SLUICE_NN_OK) {
      if (auto message = message_of(json::parse(sink.text(), nullptr, false))) return message;
    }
    if (part == Part::so_far) return std::nullopt;
  }
  return Message{Role::assistant, characters, {}, {}};
}

}  // namespace sluice::nn
