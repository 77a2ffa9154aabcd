// Values as CBOR (RFC 8949), and back. The shape is that of value_json.h, with what CBOR does better:
//
//   integers           integers
//   f32, f64           floats, the shortest of 16, 32 and 64 bits that keeps the value; NaN is f9 7e00
//   list<u8>           a byte string
//   char, string, enum a text string
//   list, tuple, flags an array
//   record             a map from names to values
//   variant            a map of one entry, or a text string for a case without payload
//   option, result     null or the value (a map {"some": …} where the inner type is an option); a map of one
//   entry
//
// Written bytes are core deterministic (section 4.2.1): shortest heads, definite lengths, keys sorted. So
// equal values have equal bytes. No tags, no other simple values. Read bytes must be encoded in that way,
// too; only a missing field of option type is none, and flags may come in any order.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/type.h"
#include "base/value.h"
#include "base/value_json.h"

namespace sluice {

// As to_json: the value is one of the type.
[[nodiscard]] std::string to_cbor(const Value& value, const Type& type);
void append_cbor(std::string& out, const Value& value, const Type& type);

// As from_json: the same limits and errors.
[[nodiscard]] Result<Value> from_cbor(std::string_view bytes, const Type& type,
                                      const ReadLimits& limits = {});

}  // namespace sluice
