// Taking the fields of a JSON object one by one. The first thing that is wrong is kept, in OpenAI's shape.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/openai_request.h"

namespace sluice::server {

// Refers to the object and to the error. A field that is null counts as absent.
class ApiFields {
 public:
  using Json = nlohmann::ordered_json;  // answers by a schema have its order
  ApiFields(const Json& object, std::string where, std::optional<ApiError>& error)
      : object_(object), where_(std::move(where)), error_(error) {}

  // `messages[0].role`
  [[nodiscard]] std::string path(std::string_view key) const;
  void wrong(std::string_view key, std::string why, std::string code = "invalid_value");

  // The field's value if it is there; it counts as known.
  const Json* take(std::string_view key);
  const Json& need(std::string_view key);  // an error, and null, if it is not there
  std::optional<double> number(std::string_view key, double min, double max);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::string> text(std::string_view key);
  // The name of a function; an error, and nothing, if it is none: letters, digits, `_` and `-`, 64 at most.
  std::string function_name(std::string_view key);
  // A text or a list of texts.
  std::vector<std::string> texts(std::string_view key);
  const Json* object(std::string_view key);
  const Json* list(std::string_view key);
  // Fields that are known and not honoured.
  void refuse(std::string_view key, std::string_view why);
  // Refused unless it has a value that changes nothing.
  void refuse_unless(std::string_view key, const std::vector<Json>& harmless, std::string_view why);
  // Reports a field that nobody took.
  void finish();

 private:
  const Json& object_;
  std::string where_;
  std::optional<ApiError>& error_;
  std::vector<std::string_view> known_;
};

// The object in a body; nothing, and an error, where it holds none. Nested 64 deep at most; its objects may
// have about 1,400 members each, for looking them up takes time, and each of another name.
[[nodiscard]] std::optional<ApiFields::Json> parse_api_body(std::string_view body,
                                                            std::optional<ApiError>& error);

}  // namespace sluice::server
