#include "server/openai_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/value.h"
#include "nn/language_model.h"

namespace sluice::server {

namespace {

using nlohmann::ordered_json;

std::string dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

HttpReply reply_of(const ordered_json& json) {
  HttpReply reply;
  reply.body = dump(json);
  return reply;
}

std::string_view name_of(nn::FinishReason reason) {
  switch (reason) {
    case nn::FinishReason::length:
      return "length";
    case nn::FinishReason::tool_calls:
      return "tool_calls";
    case nn::FinishReason::stop:
      break;
  }
  return "stop";
}

ordered_json error_json(const ApiError& error) {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? ordered_json() : ordered_json(text);
  };
  return {{"error",
           {{"message", error.message},
            {"type", error.type},
            {"param", or_null(error.param)},
            {"code", or_null(error.code)}}}};
}

ordered_json usage_json(const nn::Usage& usage) {
  return {{"prompt_tokens", usage.prompt_tokens},
          {"completion_tokens", usage.completion_tokens},
          {"total_tokens", usage.prompt_tokens + usage.completion_tokens},
          {"prompt_tokens_details", {{"cached_tokens", usage.cached_tokens}}}};
}

ordered_json tool_call_json(const nn::ToolCall& call) {
  return {{"id", call.id},
          {"type", "function"},
          {"function", {{"name", call.name}, {"arguments", call.arguments}}}};
}

ordered_json bytes_json(const std::string& token) {
  ordered_json bytes = ordered_json::array();
  for (const char c : token) bytes.push_back(static_cast<unsigned char>(c));
  return bytes;
}

ordered_json chat_logprobs(const std::vector<nn::TokenLogprob>& tokens) {
  if (tokens.empty()) return nullptr;
  ordered_json content = ordered_json::array();
  const auto one = [](const std::string& token, float logprob) {
    return ordered_json{
        {"token", to_utf8(token, nullptr)}, {"logprob", logprob}, {"bytes", bytes_json(token)}};
  };
  for (const nn::TokenLogprob& token : tokens) {
    ordered_json entry = one(token.token, token.logprob);
    entry["top_logprobs"] = ordered_json::array();
    for (const nn::Alternative& other : token.top)
      entry["top_logprobs"].push_back(one(other.token, other.logprob));
    content.push_back(std::move(entry));
  }
  return {{"content", std::move(content)}, {"refusal", nullptr}};
}

// Tokens may begin and end within a character.
std::size_t characters(std::string_view bytes) {
  return static_cast<std::size_t>(std::ranges::count_if(
      bytes, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

// As OpenAI writes a token that is a part of a character: bytes:\xc3
std::string token_text(const std::string& token) {
  if (is_utf8(token)) return token;
  std::string out = "bytes:";
  for (const char byte : token) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  return out;
}

// `offset`: characters of the tokens before, then of these too.
ordered_json text_logprobs(const std::vector<nn::TokenLogprob>& tokens, std::size_t& offset) {
  if (tokens.empty()) return nullptr;
  ordered_json out{{"text_offset", ordered_json::array()},
                   {"token_logprobs", ordered_json::array()},
                   {"tokens", ordered_json::array()},
                   {"top_logprobs", ordered_json::array()}};
  for (const nn::TokenLogprob& token : tokens) {
    out["text_offset"].push_back(offset);
    out["token_logprobs"].push_back(token.logprob);
    out["tokens"].push_back(token_text(token.token));
    ordered_json top = ordered_json::object();
    for (const nn::Alternative& other : token.top) top[token_text(other.token)] = other.logprob;
    out["top_logprobs"].push_back(std::move(top));
    offset += characters(token.token);
  }
  return out;
}

ordered_json head_json(const AnswerHead& head, std::string_view object) {
  return {{"id", head.id}, {"object", object}, {"created", head.created}, {"model", head.model}};
}

std::string_view prompt_of(ApiKind kind) {
  constexpr std::array fields{"messages", "prompt", "input"};
  return fields[static_cast<std::size_t>(kind)];
}

// Models know no fields: this is how their reasons begin where they are about one.
std::string_view field_of(std::string_view why, ApiKind kind) {
  using Pair = std::pair<std::string_view, std::string_view>;
  constexpr std::array known{Pair{"the JSON schema", "response_format"},
                             Pair{"the grammar", "response_format"},
                             Pair{"no token of the model's vocabulary", "response_format"},
                             Pair{"tools and a response format", "response_format"},
                             Pair{"tool '", "tools"},
                             Pair{"the schema of tool '", "tools"},
                             Pair{"the tools together", "tools"},
                             Pair{"logit-bias", "logit_bias"},
                             Pair{"logit_bias", "logit_bias"},
                             Pair{"it embeds texts", "model"},
                             Pair{"it generates text", "model"}};
  const auto found =
      std::ranges::find_if(known, [&](const Pair& pair) { return why.starts_with(pair.first); });
  if (found != known.end()) return found->second;
  const bool about_prompt =
      why.starts_with("the prompt is empty") || why.starts_with("the model's chat template");
  return about_prompt ? prompt_of(kind) : std::string_view();
}

}  // namespace

HttpReply api_error_reply(const ApiError& error) {
  HttpReply reply = reply_of(error_json(error));
  reply.status = error.status;
  if (error.retry_after_s > 0) reply.headers.emplace_back("retry-after", std::to_string(error.retry_after_s));
  return reply;
}

HttpReply api_http_error(unsigned status, std::string_view code, std::string_view message) {
  ApiError error{.status = status,
                 .message = std::string(message),
                 .type = status < 500 ? "invalid_request_error" : "server_error",
                 .code = std::string(code)};
  std::ranges::replace(error.code, '-', '_');
  return api_error_reply(error);
}

ApiError to_api_error(const Error& error, ApiKind kind) {
  ApiError out{.message = to_utf8(error.to_string(), nullptr)};
  const auto about = [&](std::string_view field) {
    if (field.empty()) return;
    out.param = field;
    out.message = fmt::format("{}: {}", field, out.message);
  };
  if (nn::context_overflow(error)) {
    about(prompt_of(kind));
    out.code = "context_length_exceeded";
    return out;
  }
  if (nn::is_queue_full(error)) {
    out.status = 429;
    out.type = "rate_limit_error";
    out.code = "rate_limit_exceeded";
    out.retry_after_s = 1;
    return out;
  }
  switch (error.code) {
    case ErrorCode::invalid_input:
      about(field_of(error.why, kind));
      return out;
    case ErrorCode::timeout:
      out.status = 504;
      out.code = "timeout";
      break;
    case ErrorCode::limit:
    case ErrorCode::not_found:  // the model's file or its backend, not what the client named
    case ErrorCode::unavailable:
    case ErrorCode::cancelled:
      out.status = 503;
      out.code = "model_unavailable";
      break;
    default:
      out.status = 500;
      break;
  }
  out.type = "server_error";
  return out;
}

HttpReply chat_reply(const AnswerHead& head, const std::vector<nn::Completion>& choices) {
  ordered_json out = head_json(head, "chat.completion");
  out["choices"] = ordered_json::array();
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const nn::Message& said = choices[i].message;
    ordered_json message{{"role", "assistant"}, {"content", said.content}, {"refusal", nullptr}};
    if (!said.tool_calls.empty()) {
      if (said.content.empty()) message["content"] = nullptr;
      message["tool_calls"] = ordered_json::array();
      for (const nn::ToolCall& call : said.tool_calls) message["tool_calls"].push_back(tool_call_json(call));
    }
    out["choices"].push_back({{"index", i},
                              {"message", std::move(message)},
                              {"logprobs", chat_logprobs(choices[i].logprobs)},
                              {"finish_reason", name_of(choices[i].finish)}});
  }
  out["usage"] = usage_json(sum_usage(choices, choices.size()));
  return reply_of(out);
}

HttpReply text_reply(const AnswerHead& head, const std::vector<nn::Completion>& choices,
                     const std::vector<std::string>& echoed) {
  ordered_json out = head_json(head, "text_completion");
  out["choices"] = ordered_json::array();
  const std::size_t of_prompt = echoed.empty() ? 1 : choices.size() / echoed.size();
  for (std::size_t i = 0; i < choices.size(); ++i) {
    std::size_t offset = 0;
    out["choices"].push_back({{"index", i},
                              {"text", echoed[i / of_prompt] + choices[i].message.content},
                              {"logprobs", text_logprobs(choices[i].logprobs, offset)},
                              {"finish_reason", name_of(choices[i].finish)}});
  }
  out["usage"] = usage_json(sum_usage(choices, of_prompt));
  return reply_of(out);
}

HttpReply embeddings_reply(const std::string& model, const nn::Embedded& embedded, bool base64) {
  ordered_json out{{"object", "list"}, {"data", ordered_json::array()}, {"model", model}};
  for (std::size_t i = 0; i < embedded.vectors.size(); ++i) {
    const std::vector<float>& vector = embedded.vectors[i];
    ordered_json item{{"object", "embedding"}, {"index", i}};
    if (base64) {  // of the numbers in little-endian order, as they are in memory
      item["embedding"] =
          to_base64({reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float)});
    } else {
      item["embedding"] = vector;
    }
    out["data"].push_back(std::move(item));
  }
  out["usage"] = {{"prompt_tokens", embedded.prompt_tokens}, {"total_tokens", embedded.prompt_tokens}};
  return reply_of(out);
}

namespace {

ordered_json chunk(const AnswerHead& head, ApiKind kind, bool with_usage) {
  ordered_json out = head_json(head, kind == ApiKind::chat ? "chat.completion.chunk" : "text_completion");
  out["choices"] = ordered_json::array();
  if (with_usage) out["usage"] = nullptr;
  return out;
}

std::string event(const ordered_json& json) {
  return "data: " + dump(json) + "\n\n";
}

}  // namespace

std::string ChunkWriter::role(std::size_t choice) const {
  if (kind_ == ApiKind::text) return {};
  ordered_json out = chunk(head_, kind_, with_usage_);
  out["choices"].push_back({{"index", choice},
                            {"delta", {{"role", "assistant"}, {"content", ""}}},
                            {"logprobs", nullptr},
                            {"finish_reason", nullptr}});
  return event(out);
}

std::string ChunkWriter::delta(std::size_t choice, const nn::Delta& delta, Told& told) const {
  ordered_json out = chunk(head_, kind_, with_usage_);
  ordered_json entry{{"index", choice}};
  if (kind_ == ApiKind::text) {
    entry["text"] = delta.content;
    entry["logprobs"] = text_logprobs(delta.logprobs, told.token_characters);
  } else {
    ordered_json said = ordered_json::object();
    if (!delta.content.empty() || delta.tool_calls.empty()) said["content"] = delta.content;
    for (const nn::ToolCall& call : delta.tool_calls) {
      ordered_json made = tool_call_json(call);
      made["index"] = told.tool_calls++;
      said["tool_calls"].push_back(std::move(made));
    }
    entry["delta"] = std::move(said);
    entry["logprobs"] = chat_logprobs(delta.logprobs);
  }
  entry["finish_reason"] = nullptr;
  out["choices"].push_back(std::move(entry));
  return event(out);
}

std::string ChunkWriter::finish(std::size_t choice, nn::FinishReason reason) const {
  ordered_json out = chunk(head_, kind_, with_usage_);
  ordered_json entry{{"index", choice}};
  if (kind_ == ApiKind::text) {
    entry["text"] = "";
  } else {
    entry["delta"] = ordered_json::object();
  }
  entry["logprobs"] = nullptr;
  entry["finish_reason"] = name_of(reason);
  out["choices"].push_back(std::move(entry));
  return event(out);
}

std::string ChunkWriter::usage(const nn::Usage& usage) const {
  ordered_json out = chunk(head_, kind_, with_usage_);
  out["usage"] = usage_json(usage);
  return event(out);
}

std::string ChunkWriter::error(const Error& error) const {
  return event(error_json(to_api_error(error, kind_)));
}

nn::Usage sum_usage(const std::vector<nn::Completion>& choices, std::size_t choices_of_prompt) {
  nn::Usage sum;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    sum.completion_tokens += choices[i].usage.completion_tokens;
    if (i % choices_of_prompt != 0) continue;
    sum.prompt_tokens += choices[i].usage.prompt_tokens;
    sum.cached_tokens += choices[i].usage.cached_tokens;
  }
  return sum;
}

}  // namespace sluice::server
