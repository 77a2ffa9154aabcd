// Reading an object's fields one after the other: the first that is not as expected is remembered, and asked
// for once, at the end.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "problem.h"

namespace github {

using Json = nlohmann::json;

// The first thing that was not as expected; empty while all is well.
using Fault = std::string;

class Fields {
 public:
  // `value` (null or no object: an object without fields) and `fault` outlive this. `path` is where the value
  // stands, for messages.
  Fields(Json* value, std::string path, Fault& fault);

  [[nodiscard]] std::string text(const char* key);
  // `otherwise` where the field is null or missing.
  [[nodiscard]] std::string text_or(const char* key, std::string_view otherwise);
  [[nodiscard]] std::optional<std::string> optional_text(const char* key);
  [[nodiscard]] std::uint64_t number(const char* key);
  [[nodiscard]] std::uint32_t small_number(const char* key);
  [[nodiscard]] bool flag_or(const char* key, bool otherwise);
  // An object; where it is null or missing, one without fields if `absent` allows that.
  enum class Absent : std::uint8_t { allowed, wrong };
  [[nodiscard]] Fields object(const char* key, Absent absent = Absent::wrong);
  // The items of an array.
  [[nodiscard]] std::vector<Fields> items(const char* key, Absent absent = Absent::wrong);
  [[nodiscard]] bool has(const char* key) const;
  [[nodiscard]] bool is_object() const { return value_ != nullptr; }

 private:
  Json* find(const char* key) const;
  void expect(const char* key, const char* kind, const Json* found);

  Json* value_;  // null where the object is absent
  std::string path_;
  Fault* fault_;
};

// The items of an answer that is an array.
[[nodiscard]] std::vector<Fields> items_of(Json& array, Fault& fault);

// Parses an answer; `unavailable` with `what` where it is no JSON.
[[nodiscard]] Outcome<Json> parse_answer(std::string_view body, std::string_view what);

// `value`, or `unavailable` if there was a fault.
template <class T>
[[nodiscard]] Outcome<T> unless(const Fault& fault, std::string_view what, T value) {
  if (fault.empty()) return value;
  return unavailable(std::string(what) + ": not what GitHub answers: " + fault);
}

}  // namespace github
