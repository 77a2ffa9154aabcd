// What is asked of a language model and what it answers, as values. The words are those of OpenAI's API and
// of wit/llm.wit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::nn {

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
  std::string text;  // the schema as JSON, or the grammar in GBNF
};

// How an answer is drawn. Absent: the model's own default, else 0.8, 0.95, 40, 0.05.
struct Sampling {
  std::optional<float> temperature;
  std::optional<float> top_p;
  std::optional<std::uint32_t> top_k;
  std::optional<float> min_p;
  float presence_penalty = 0;
  float frequency_penalty = 0;
  float repeat_penalty = 1;
  std::optional<std::uint64_t> seed;  // absent: one of its own for each request
  std::vector<std::pair<std::int32_t, float>> logit_bias;
};

struct GenerateOptions {
  Sampling sampling;
  std::optional<std::uint32_t> tokens_max;  // absent: as many as fit
  std::vector<std::string> stop;
  std::optional<std::uint32_t> logprobs;  // alternatives for each token; absent: none at all
  bool ignore_end = false;                // goes on where the model would end
};

struct ChatRequest {
  std::vector<Message> messages;
  std::vector<Tool> tools;
  ToolChoice tool_choice = ToolChoice::automatic;
  bool parallel_tool_calls = true;
  ResponseFormat format;
  GenerateOptions options;
};

struct Image {
  std::uint64_t at = 0;  // the byte of the prompt that it stands before
  std::string file;      // a whole PNG, JPEG, GIF or BMP file
};

// A bare prompt, without a chat template.
struct TextRequest {
  std::string prompt;
  ResponseFormat format;
  GenerateOptions options;
  // Names of special tokens in the prompt are those tokens: its writer filled a template in.
  bool special_tokens = false;
  // In the order of their places. For models with a projector; text follows the last one.
  std::vector<Image> images = {};
};

enum class FinishReason : std::uint8_t { stop, length, tool_calls };

struct Usage {
  std::uint32_t prompt_tokens = 0;
  std::uint32_t completion_tokens = 0;
  std::uint32_t cached_tokens = 0;  // of the prompt, not computed again
};

struct Alternative {
  std::string token;  // its bytes; may be a part of a character
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
  Usage usage;
  std::string model;
  std::vector<TokenLogprob> logprobs;
};

// What came since the last one. Text is whole characters.
struct Delta {
  std::string content;
  // The lengths of its pieces: each is what one token added, or several that make up a character.
  std::vector<std::uint32_t> pieces;
  std::vector<ToolCall> tool_calls;  // each whole
  std::vector<TokenLogprob> logprobs;
};

struct Embedded {
  std::vector<std::vector<float>> vectors;  // of length 1, one for each text
  std::string model;
  std::uint32_t prompt_tokens = 0;
};

struct ModelInfo {
  std::string name;
  std::string description;  // of the file: "llama 135M Q4_0"
  std::string architecture;
  std::uint32_t context_tokens = 0;  // of one request: prompt and answer
  std::uint32_t context_trained = 0;
  std::uint32_t embedding = 0;
  std::uint64_t parameters = 0;
  std::uint64_t file_bytes = 0;
  bool is_embedding = false;
  bool has_chat_template = false;
  std::string devices;              // what computes
  std::uint32_t library_build = 0;  // of the backend's library, where it numbers its builds
  std::string library_commit;
};

}  // namespace sluice::nn
