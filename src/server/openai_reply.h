// Answers in the shapes of OpenAI's API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "nn/chat.h"
#include "server/http_message.h"
#include "server/openai_request.h"

namespace sluice::server {

// What an answer is about.
struct AnswerHead {
  std::string id;            // "chatcmpl-…"
  std::int64_t created = 0;  // seconds since 1970
  std::string model;
};

enum class ApiKind : std::uint8_t { chat, text, embeddings };

[[nodiscard]] HttpReply api_error_reply(const ApiError& error);
// What a model's error means to a client of this API, and which field of its request it is about.
[[nodiscard]] ApiError to_api_error(const Error& error, ApiKind kind);
// The same for a request that is answered before it is read: `code` as of HttpServerSettings.
[[nodiscard]] HttpReply api_http_error(unsigned status, std::string_view code, std::string_view message);

[[nodiscard]] HttpReply chat_reply(const AnswerHead& head, const std::vector<nn::Completion>& choices);
[[nodiscard]] HttpReply text_reply(const AnswerHead& head, const std::vector<nn::Completion>& choices,
                                   const std::vector<std::string>& echoed);
[[nodiscard]] HttpReply embeddings_reply(const std::string& model, const nn::Embedded& embedded, bool base64);

// What a stream has told of a choice so far.
struct Told {
  std::size_t tool_calls = 0;
  std::size_t token_characters = 0;
};

// Events of a stream of server-sent events, each whole.
class ChunkWriter {
 public:
  ChunkWriter(AnswerHead head, ApiKind kind, bool with_usage)
      : head_(std::move(head)), kind_(kind), with_usage_(with_usage) {}

  // The first of a choice of a chat; empty for texts.
  [[nodiscard]] std::string role(std::size_t choice) const;
  [[nodiscard]] std::string delta(std::size_t choice, const nn::Delta& delta, Told& told) const;
  [[nodiscard]] std::string finish(std::size_t choice, nn::FinishReason reason) const;
  [[nodiscard]] std::string usage(const nn::Usage& usage) const;
  [[nodiscard]] std::string error(const Error& error) const;
  static constexpr std::string_view done = "data: [DONE]\n\n";

 private:
  AnswerHead head_;
  ApiKind kind_;
  bool with_usage_;
};

// Of all choices together: a prompt that several choices share is counted once.
[[nodiscard]] nn::Usage sum_usage(const std::vector<nn::Completion>& choices, std::size_t choices_of_prompt);

}  // namespace sluice::server
