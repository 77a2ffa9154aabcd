// All that the integration may ask of the world around it. The guest answers it from its imports, tests from
// a fake.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace github {

// A request without its authorization: whoever sends it adds the header that names the secret.
struct HttpRequest {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
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

enum class LogLevel : std::uint8_t { debug, info, warn };

class Outside {
 public:
  virtual ~Outside() = default;

  virtual std::expected<HttpAnswer, HttpFailure> send(const HttpRequest& request) = 0;
  virtual void sleep(std::uint32_t ms) = 0;
  // Seconds since 1970.
  virtual std::uint64_t now() = 0;
  // A setting of the manifest.
  virtual std::optional<std::string> setting(std::string_view name) = 0;
  // A text kept across runs. It may be forgotten at any time.
  virtual std::optional<std::string> recall(std::string_view key) = 0;
  virtual void remember(std::string_view key, std::string_view value) = 0;
  virtual void log(LogLevel level, std::string_view message) = 0;
};

}  // namespace github
