// Values as JSON, and back. What each type looks like (docs/values.md has examples):
//
//   bool               true, false
//   s8 … s64, u8 … u64 a number, all 64 bits exact
//   f32, f64           the shortest number that reads back as the same, always with a point or an exponent
//   (`1.0`,
//                      `-0.0`, `1e+300`); "NaN" (there is one), "Infinity", "-Infinity"
//   char               a text of one Unicode scalar value
//   string             a text
//   list, tuple        an array; list<u8> is base64 text (RFC 4648, section 4, padded)
//   record             an object
//   variant            {"case": payload}, or "case" for one without payload
//   enum               "name"
//   flags              an array of the names that are set, in declaration order
//   option             null, or the value; {"some": value} if the inner type is an option too
//   result             {"ok": payload} or {"err": payload}, with null for no payload
//
// Written text is canonical: no white space, keys in byte order, all fields there, and only `"`, `\` and
// control characters escaped, in one way. So equal values have equal texts. Read text may be any JSON that
// means the same: white space, any order of keys and flags, escapes, integers with a fraction of zeros,
// numbers with more digits than are kept. A missing field of option type is none. Unknown, missing and
// repeated fields and numbers out of range are errors.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/type.h"
#include "base/value.h"

namespace sluice {

// The least number that is too large for an f32: halfway from its largest one to what would follow.
inline constexpr double f32_overflow = 0x1.ffffffp127;

// What reading a value may cost. Passing one is ErrorCode::limit.
struct ReadLimits {
  std::size_t bytes_max = 64U << 20U;  // of the text
  std::size_t values_max = 1U << 20U;  // in lists, tuples and records together; each takes 50 to 80 bytes
  std::size_t depth_max = 100;         // of nesting
};

// The value is one of the type (`check`): another shape is a defect of the caller and aborts. Text that is
// not UTF-8 is written with U+FFFD.
[[nodiscard]] std::string to_json(const Value& value, const Type& type);
void append_json(std::string& out, const Value& value, const Type& type);

// Errors are ErrorCode::invalid_input or limit and say where, e.g. `/files/3/path: expected string, found
// number`
// (`value: …` for the whole). The value has passed `check`. No text can make it use more stack than
// depth_max.
[[nodiscard]] Result<Value> from_json(std::string_view text, const Type& type, const ReadLimits& limits = {});

// The same for a document in memory (whose numbers are what the library made of them: f64 or 64 bits).
[[nodiscard]] nlohmann::json to_json_document(const Value& value, const Type& type);
[[nodiscard]] Result<Value> from_json_document(const nlohmann::json& document, const Type& type,
                                               const ReadLimits& limits = {});

// Appends a JSON string: quoted, and escaped as in canonical text.
void append_json_string(std::string& out, std::string_view text);

}  // namespace sluice
