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

[[nodiscard]] HttpReply api_error_reply(const ApiError& error);
// What a model's error means to a client of this API.
[[nodiscard]] ApiError to_api_error(const Error& error);

[[nodiscard]] HttpReply chat_reply(const AnswerHead& head, const std::vector<nn::Completion>& choices);
[[nodiscard]] HttpReply text_reply(const AnswerHead& head, const std::vector<nn::Completion>& choices,
                                   const std::vector<std::string>& echoed);
[[nodiscard]] HttpReply embeddings_reply(const std::string& model, const nn::Embedded& embedded, bool base64);

enum class ApiKind : std::uint8_t { chat, text };

// Events of a stream of server-sent events, each whole.
class ChunkWriter {
 public:
  ChunkWriter(AnswerHead head, ApiKind kind, bool with_usage)
      : head_(std::move(head)), kind_(kind), with_usage_(with_usage) {}

  // The first of a choice of a chat; empty for texts.
  [[nodiscard]] std::string role(std::size_t choice) const;
  [[nodiscard]] std::string delta(std::size_t choice, const nn::Delta& delta,
                                  std::size_t tool_calls_before) const;
  [[nodiscard]] std::string finish(std::size_t choice, nn::FinishReason reason) const;
  [[nodiscard]] std::string usage(const nn::Usage& usage) const;
  [[nodiscard]] static std::string error(const ApiError& error);
  static constexpr std::string_view done = "data: [DONE]\n\n";

 private:
  AnswerHead head_;
  ApiKind kind_;
  bool with_usage_;
};

// Of all choices together: a prompt that several choices share is counted once.
[[nodiscard]] nn::Usage sum_usage(const std::vector<nn::Completion>& choices, std::size_t choices_of_prompt);

}  // namespace sluice::server
