// Chats as values: wit/llm.wit without the bindings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace llm {

enum class Role : std::uint8_t { system, user, assistant, tool };

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;  // JSON, as the model wrote it
};

struct Message {
  Role role = Role::user;
  std::string content;
  std::vector<ToolCall> tool_calls;
  std::optional<std::string> tool_call_id;
};

struct Tool {
  std::string name;
  std::string description;
  std::string parameters;  // JSON schema of an object
};

enum class ToolChoice : std::uint8_t { automatic, none, required };

struct ResponseFormat {
  enum class Kind : std::uint8_t { text, json_object, json_schema, grammar };
  Kind kind = Kind::text;
  std::string text;  // the schema, or the grammar
};

struct Options {
  std::optional<std::string> model;
  std::optional<float> temperature;
  std::optional<float> top_p;
  std::optional<std::uint32_t> max_tokens;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> stop;
  ResponseFormat format;
  std::vector<Tool> tools;
  ToolChoice tool_choice = ToolChoice::automatic;
  std::optional<std::uint32_t> logprobs;
};

struct Request {
  std::vector<Message> messages;
  Options options;
};

enum class FinishReason : std::uint8_t { stop, length, tool_calls, content_filter };

struct Usage {
  std::uint32_t prompt_tokens = 0;  // those of the cache included
  std::uint32_t completion_tokens = 0;
  std::uint32_t cached_tokens = 0;
  std::optional<std::uint64_t> cost_micros;
};

struct Alternative {
  std::string token;
  float logprob = 0;
};

struct TokenLogprob {
  std::string token;
  float logprob = 0;
  std::vector<Alternative> top;
};

struct Completion {
  Message message;
  FinishReason finish = FinishReason::stop;
  // What the server told; absent: nothing.
  std::optional<Usage> usage;
  std::string model;
  std::vector<TokenLogprob> logprobs;
};

struct Embedded {
  std::vector<std::vector<float>> vectors;  // of length 1
  std::string model;
  std::uint32_t prompt_tokens = 0;
};

}  // namespace llm
