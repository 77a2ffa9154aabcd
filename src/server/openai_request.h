// Requests of OpenAI's API, read strictly: every field is honoured or refused by its name (docs/serve.md
// lists them).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/chat.h"

namespace sluice::server {

// In OpenAI's shape: {"error":{"message":…,"type":…,"param":…,"code":…}}. Empty `param` and `code` are null.
struct ApiError {
  unsigned status = 400;
  std::string message;
  std::string type = "invalid_request_error";
  std::string param = {};
  std::string code = {};
  unsigned retry_after_s = 0;  // 0: not said
};

template <class T>
using ApiResult = std::expected<T, ApiError>;

// What the requests have in common.
struct ApiRequest {
  std::string model;
  std::string user;  // who asks, if the request says
};

struct ApiGeneration : ApiRequest {
  std::uint32_t choices = 1;  // of each prompt
  bool stream = false;
  bool include_usage = false;  // of a stream
};

struct ApiChat : ApiGeneration {
  nn::ChatRequest request;
};

struct ApiText : ApiGeneration {
  std::vector<std::string> prompts;
  bool echo = false;        // the prompt stands before the answer
  nn::TextRequest request;  // but the prompt
};

struct ApiEmbeddings : ApiRequest {
  std::vector<std::string> texts;
  bool base64 = false;
  std::optional<std::uint32_t> dimensions;  // that the vectors have to have
};

// Bodies are JSON objects, nested 64 deep at most.
[[nodiscard]] ApiResult<ApiChat> read_chat(std::string_view body);
[[nodiscard]] ApiResult<ApiText> read_text(std::string_view body);
[[nodiscard]] ApiResult<ApiEmbeddings> read_embeddings(std::string_view body);

}  // namespace sluice::server
