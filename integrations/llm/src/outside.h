// All that an integration of language models may ask of the world around it. The guest answers it from its
// imports, tests from a fake.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace llm {

// A POST of JSON.
struct HttpRequest {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  // The header that whoever sends the request puts the secret `key` into, after this prefix.
  struct Key {
    std::string header;
    std::string prefix;
  };
  std::optional<Key> key;
  std::string body;
};

struct HttpAnswer {
  std::uint16_t status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  // The first header of this name, or null.
  [[nodiscard]] const std::string* header(std::string_view name) const;
};

// No answer came.
struct HttpFailure {
  enum class Kind : std::uint8_t { refused, unreachable, timeout, too_large, malformed };
  Kind kind = Kind::unreachable;
  std::string text;
};

using HttpOutcome = std::expected<HttpAnswer, HttpFailure>;

enum class LogLevel : std::uint8_t { debug, info, warn };

class Outside {
 public:
  virtual ~Outside() = default;

  // Side by side; as many outcomes as requests, in their order.
  virtual std::vector<HttpOutcome> send(const std::vector<HttpRequest>& requests) = 0;
  virtual void sleep(std::uint32_t ms) = 0;
  // Seconds since 1970.
  virtual std::uint64_t now() = 0;
  // A setting of the manifest.
  virtual std::optional<std::string> setting(std::string_view name) = 0;
  virtual void log(LogLevel level, std::string_view message) = 0;
};

}  // namespace llm
