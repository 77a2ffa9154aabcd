// Writes JSON (RFC 8259) piece by piece into a string, so that a large report needs no tree in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace review {

// The caller opens and closes in pairs and gives a key before each value of an object. Indented by two
// spaces, with the containers that hold nothing on one line.
class JsonWriter {
 public:
  enum class Layout : std::uint8_t { compact, indented };
  explicit JsonWriter(Layout layout) : layout_(layout) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  // Bytes that are no UTF-8 become U+FFFD.
  JsonWriter& text(std::string_view value);
  JsonWriter& number(std::uint64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  // `json` is a whole value already.
  JsonWriter& raw(std::string_view json);

  // A member of an object in one call.
  JsonWriter& member(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonWriter& member(std::string_view name, std::uint64_t value) { return key(name).number(value); }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void before_value();
  void new_line();

  std::string out_;
  Layout layout_;
  unsigned depth_ = 0;
  bool first_ = true;  // nothing was written in the current container
  bool after_key_ = false;
};

}  // namespace review
