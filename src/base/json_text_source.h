// JSON text as a source of values. Internal to base.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/value_source.h"

namespace sluice::reading {

// Reads the grammar of RFC 8259 strictly. The text outlives it and is UTF-8.
class JsonTextSource {
 public:
  static constexpr std::string_view bytes_name = "base64 text";

  explicit JsonTextSource(std::string_view text) : text_(text) {}

  Shape peek();
  Outcome read_null();
  Outcome read_bool(bool& out);
  Outcome read_integer(Integer& out);
  Outcome read_float(float& out);
  Outcome read_float(double& out);
  Outcome read_text(std::string_view& out);
  Outcome read_bytes(std::string& out);
  Outcome begin_array();
  Outcome next_item(bool& more);
  Outcome begin_object();
  Outcome next_key(std::string_view& key, bool& more);
  Outcome finish();
  [[nodiscard]] std::string problem() const { return problem_; }

 private:
  struct Number;

  void skip_white();
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  Outcome broken(std::string_view expected);
  Outcome literal(std::string_view word);
  bool escape(std::string& out);
  std::optional<char32_t> four_digits();
  Outcome scan(Number& out);
  template <class Float>
  Outcome floating(Float& out);
  // After an opening bracket or an item: whether another item follows.
  Outcome next(char close, bool& more);

  std::string_view text_;
  std::size_t at_ = 0;
  bool just_opened_ = false;
  std::string unescaped_;
  std::string problem_;
};

// The value of a number as JSON writes it: sign, digits without the point, and the power of ten of the last
// one.
struct JsonTextSource::Number {
  std::string_view token;
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  // Cut at ±1,000,000,000, which is beyond all that matters.
  long exponent = 0;
};

}  // namespace sluice::reading
