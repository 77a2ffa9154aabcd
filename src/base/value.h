// The C++ form of WIT values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/type.h"

namespace sluice {

class Value;
struct Field;

// list<…> and tuple<…>
struct ListValue {
  std::vector<Value> items;
};

// list<u8>, which is far cheaper kept as bytes. It is the only form of a list<u8>: a ListValue is not one.
struct BytesValue {
  std::string bytes;
};

// Fields in the order of the type.
struct RecordValue {
  std::vector<Field> fields;
};

// A case of a variant, of an enum (no payload), of an option ("some", "none") or of a result ("ok", "err").
// `index` is the case's position in the type (option: none 0, some 1; result: ok 0, err 1).
struct CaseValue {
  std::uint32_t index = 0;
  std::unique_ptr<Value> payload;  // may be null
};

// One bit for each name of the flags' type, in its order.
struct FlagsValue {
  std::vector<bool> set;
};

// A value without its type: only together with a Type does it say names. Move-only; `clone` copies.
class Value {
 public:
  using Data = std::variant<bool, std::int64_t, std::uint64_t, float, double, char32_t, std::string,
                            ListValue, BytesValue, RecordValue, CaseValue, FlagsValue>;

  Value();  // false
  Value(Value&& other) noexcept;
  Value& operator=(Value&& other) noexcept;
  ~Value();

  explicit Value(Data data);
  static Value boolean(bool v);
  static Value signed_int(std::int64_t v);     // s8 … s64
  static Value unsigned_int(std::uint64_t v);  // u8 … u64
  static Value f32(float v);
  static Value f64(double v);
  static Value character(char32_t v);
  static Value string(std::string v);
  static Value list(std::vector<Value> items);
  static Value bytes(std::string v);
  static Value record(std::vector<Field> fields);
  static Value of_case(std::uint32_t index);
  static Value of_case(std::uint32_t index, Value payload);
  static Value none();
  static Value some(Value payload);
  static Value ok();
  static Value ok(Value payload);
  static Value err();
  static Value err(Value payload);
  static Value flags(std::vector<bool> set);

  [[nodiscard]] Value clone() const;
  [[nodiscard]] const Data& data() const { return data_; }
  [[nodiscard]] Data& data() { return data_; }

  // Unchecked in name only: each throws std::bad_variant_access on a value of another kind. For code that has
  // compared types before.
  [[nodiscard]] bool as_bool() const;
  [[nodiscard]] std::int64_t as_signed() const;
  [[nodiscard]] std::uint64_t as_unsigned() const;
  [[nodiscard]] float as_f32() const;
  [[nodiscard]] double as_f64() const;
  [[nodiscard]] char32_t as_character() const;
  [[nodiscard]] const std::string& as_string() const;
  [[nodiscard]] const std::vector<Value>& as_list() const;
  [[nodiscard]] const std::string& as_bytes() const;
  [[nodiscard]] const std::vector<Field>& as_record() const;
  [[nodiscard]] const CaseValue& as_case() const;
  [[nodiscard]] const std::vector<bool>& as_flags() const;
  // The field at `index` of a record.
  [[nodiscard]] const Value& field(std::size_t index) const;

  // Structural; floats are compared by their bits, except that all NaNs are equal. So 0.0 and -0.0 differ,
  // and equal values have equal canonical texts.
  friend bool operator==(const Value& a, const Value& b);

 private:
  Data data_;
};

struct Field {
  std::string name;
  Value value;
};

// Here, where the parts are complete, so that moves of values in vectors are inlined.
inline Value::Value() : data_(false) {}
inline Value::Value(Value&& other) noexcept = default;
inline Value& Value::operator=(Value&& other) noexcept = default;
inline Value::~Value() = default;
inline Value::Value(Data data) : data_(std::move(data)) {}

// Whether a value is one of this type (ranges, names, cases, UTF-8 of strings, Unicode scalar values).
// The error says where, e.g. `/files/3/path: expected string, found unsigned integer` (`value: …` for the
// whole).
[[nodiscard]] Status check(const Value& value, const Type& type);

// Bytes that the value holds in host memory, roughly; for budgets.
[[nodiscard]] std::size_t footprint(const Value& value);

[[nodiscard]] bool is_utf8(std::string_view text);
// Replaces what is not UTF-8 by U+FFFD. `replaced` (may be null) is set to how many places.
[[nodiscard]] std::string to_utf8(std::string_view text, std::size_t* replaced);

// The UTF-8 form of one Unicode scalar value.
[[nodiscard]] std::string to_utf8(char32_t scalar);

}  // namespace sluice
