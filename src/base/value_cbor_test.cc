#include "base/value_cbor.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/half_float.h"
#include "base/hash.h"
#include "base/testing/draw.h"

namespace sluice {
namespace {

using testing_support::Draw;
using testing_support::draw_type;
using testing_support::draw_value;

std::string hex(const Value& value, const Type& type) {
  return to_hex(to_cbor(value, type));
}

std::string bytes_of(std::string_view hex_text) {
  std::string bytes;
  for (std::size_t i = 0; i < hex_text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex_text.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

std::string problem(std::string_view hex_text, const Type& type) {
  const auto value = from_cbor(bytes_of(hex_text), type);
  return value ? "accepted: " + to_json(*value, type) : value.error().to_string();
}

// RFC 8949, appendix A.
TEST(ValueCbor, ExamplesOfTheStandard) {
  const Type u64(Kind::u64);
  const Type s64(Kind::s64);
  const Type f64(Kind::f64);
  const auto u = [&](std::uint64_t v) { return hex(Value::unsigned_int(v), u64); };
  const auto s = [&](std::int64_t v) { return hex(Value::signed_int(v), s64); };
  const auto f = [&](double v) { return hex(Value::f64(v), f64); };
  EXPECT_EQ(u(0), "00");
  EXPECT_EQ(u(23), "17");
  EXPECT_EQ(u(24), "1818");
  EXPECT_EQ(u(255), "18ff");
  EXPECT_EQ(u(256), "190100");
  EXPECT_EQ(u(1000000), "1a000f4240");
  EXPECT_EQ(u(1000000000000), "1b000000e8d4a51000");
  EXPECT_EQ(u(18446744073709551615ULL), "1bffffffffffffffff");
  EXPECT_EQ(s(-1), "20");
  EXPECT_EQ(s(-100), "3863");
  EXPECT_EQ(s(-1000), "3903e7");
  EXPECT_EQ(s(std::numeric_limits<std::int64_t>::min()), "3b7fffffffffffffff");
  EXPECT_EQ(f(0.0), "f90000");
  EXPECT_EQ(f(-0.0), "f98000");
  EXPECT_EQ(f(1.1), "fb3ff199999999999a");
  EXPECT_EQ(f(1.5), "f93e00");
  EXPECT_EQ(f(65504.0), "f97bff");
  EXPECT_EQ(f(100000.0), "fa47c35000");
  EXPECT_EQ(f(3.4028234663852886e+38), "fa7f7fffff");
  EXPECT_EQ(f(1.0e+300), "fb7e37e43c8800759c");
  EXPECT_EQ(f(5.960464477539063e-8), "f90001");
  EXPECT_EQ(f(0.00006103515625), "f90400");
  EXPECT_EQ(f(-4.1), "fbc010666666666666");
  EXPECT_EQ(f(INFINITY), "f97c00");
  EXPECT_EQ(f(-INFINITY), "f9fc00");
  EXPECT_EQ(f(std::nan("7")), "f97e00");
  EXPECT_EQ(hex(Value::boolean(false), Type(Kind::boolean)), "f4");
  EXPECT_EQ(hex(Value::none(), Type::option(u64)), "f6");
  EXPECT_EQ(hex(Value::bytes("\x01\x02\x03\x04"), Type::list(Type(Kind::u8))), "4401020304");
  EXPECT_EQ(hex(Value::string("\xC3\xBC"), Type(Kind::string)), "62c3bc");
  EXPECT_EQ(hex(Value::list({}), Type::list(u64)), "80");
}

TEST(ValueCbor, ShapesOfOurOwn) {
  const Type number(Kind::u8);
  const Type record = Type::record({member("bb", number), member("a", number), member("aa", number)});
  std::vector<Field> fields;
  fields.push_back({"bb", Value::unsigned_int(1)});
  fields.push_back({"a", Value::unsigned_int(2)});
  fields.push_back({"aa", Value::unsigned_int(3)});
  EXPECT_EQ(hex(Value::record(std::move(fields)), record),
            "a3616102626161036262620"
            "1");
  EXPECT_EQ(hex(Value::flags({true, false, true}), Type::flags({"x", "y", "z"})), "826178617a");
  EXPECT_EQ(hex(Value::ok(), Type::result(nullptr, &number)), "a1626f6bf6");
  EXPECT_EQ(hex(Value::err(Value::unsigned_int(1)), Type::result(nullptr, &number)), "a16365727201");
  EXPECT_EQ(hex(Value::some(Value::none()), Type::option(Type::option(number))), "a164736f6d65f6");
  const Type variant = Type::variant({member("a"), member("b", number)});
  EXPECT_EQ(hex(Value::of_case(0), variant), "6161");
  EXPECT_EQ(hex(Value::of_case(1, Value::unsigned_int(9)), variant), "a1616209");
}

TEST(ValueCbor, RefusesWhatIsNotDeterministic) {
  const Type u64(Kind::u64);
  const Type f64(Kind::f64);
  const Type f32(Kind::f32);
  const Type text(Kind::string);
  const Type texts = Type::list(text);
  const Type record = Type::record({member("a", u64), member("b", u64)});
  const std::vector<std::pair<std::string_view, Type>> cases{
      {"", u64},
      {"1817", u64},  // head too long
      {"190018", u64},
      {"1a0000ffff", u64},
      {"1b00000000ffffffff", u64},
      {"18", u64},  // cut
      {"1b0000", u64},
      {"1c", u64},    // reserved
      {"0000", u64},  // more behind
      {"c000", u64},  // tag
      {"f7", u64},    // undefined
      {"f800", u64},
      {"ff", u64},
      {"f93c00", u64},      // a float
      {"01", f64},          // an integer
      {"fa3fc00000", f64},  // 1.5 is a half
      {"fb3ff8000000000000", f64},
      {"fb40f86a0000000000", f64},  // 100000 is a single
      {"f97e01", f64},              // another NaN
      {"fa7fc00000", f64},
      {"fb7ff8000000000000", f64},
      {"fb3ff199999999999a", f32},  // 1.1 is no f32
      {"f93c", f64},
      {"5f4101ff", Type::list(Type(Kind::u8))},  // indefinite
      {"4401", Type::list(Type(Kind::u8))},
      {"9fff", texts},
      {"816161ff", texts},
      {"61ff", text},  // not UTF-8
      {"6161", Type::list(Type(Kind::u8))},
      {"9affffffff", texts},  // more items than bytes
      {"9bffffffffffffffff", texts},
      {"bbffffffffffffffff", record},
      {"7bffffffffffffffff", text},
      {"a2616201616102", record},  // keys out of order
      {"a2616101616102", record},  // twice
      {"a2010161620"
       "2",
       record},  // a key that is not text
      {"3bffffffffffffffff", Type(Kind::s64)},
      {"3b8000000000000000", Type(Kind::s64)},
      {"20", u64},
  };
  for (const auto& [hex_text, type] : cases) {
    const auto value = from_cbor(bytes_of(hex_text), type);
    ASSERT_FALSE(value.has_value()) << hex_text;
    EXPECT_EQ(value.error().code, ErrorCode::invalid_input) << hex_text;
  }
}

TEST(ValueCbor, ErrorsSayWhere) {
  const Type type =
      Type::record({member("files", Type::list(Type::record({member("path", Type(Kind::string))})))});
  EXPECT_EQ(problem("a16566696c657381a1647061746807", type), "/files/0/path: expected string, found number");
  EXPECT_EQ(problem("a16566696c657381a16470617468", type),
            "/files/0/path: not deterministic CBOR: the bytes end at byte 14");
  EXPECT_EQ(problem("1818", Type(Kind::s8)), "accepted: 24");
  EXPECT_EQ(problem("1880", Type(Kind::s8)), "value: the number is out of the range of s8");
}

TEST(ValueCbor, DepthIsLimited) {
  Type deep(Kind::u16);
  for (int i = 0; i < 200; ++i) deep = Type::list(deep);
  EXPECT_EQ(from_cbor(std::string(200, '\x81') + '\x01', deep).error().code, ErrorCode::limit);
}

TEST(ValueCbor, RoundTripProperty) {
  EXPECT_TRUE(
      rc::check("what is written reads back equal, and only itself writes it", [](const std::string& bytes) {
        Draw draw(bytes);
        const Type type = draw_type(draw);
        const Value value = draw_value(draw, type);
        const Value other = draw_value(draw, type);
        const std::string written = to_cbor(value, type);
        const auto read = from_cbor(written, type);
        if (!read) RC_FAIL(read.error().to_string() + " in " + to_hex(written));
        RC_ASSERT(*read == value);
        RC_ASSERT(to_cbor(*read, type) == written);
        RC_ASSERT((value == other) == (written == to_cbor(other, type)));
      }));
}

// Another implementation reads the same document out of the bytes.
TEST(ValueCbor, AgreesWithAnotherReader) {
  EXPECT_TRUE(rc::check("nlohmann's reader finds what the JSON form says", [](const std::string& bytes) {
    Draw draw(bytes);
    const Type type = draw_type(draw);
    const Value value = draw_value(draw, type);
    const auto document = nlohmann::json::from_cbor(to_cbor(value, type), true, false);
    RC_ASSERT(!document.is_discarded());
    // Byte strings and floats that JSON has no form for are all that may differ.
    const std::string text = type.to_string();
    if (!text.contains("list<u8>") && !text.contains("f32") && !text.contains("f64")) {
      RC_ASSERT(document == to_json_document(value, type));
    }
  }));
}

TEST(HalfFloat, EveryHalfComesBack) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const double value = from_half(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_GT(bits & 0x7FFFU, 0x7C00U);
    } else {
      ASSERT_EQ(to_half(value), static_cast<std::uint16_t>(bits));
      EXPECT_FALSE(std::isfinite(value) && to_half(std::nextafter(value, 1e9)).has_value()) << bits;
    }
  }
  EXPECT_EQ(to_half(65520.0), std::nullopt);
  EXPECT_EQ(to_half(1e-300), std::nullopt);
  EXPECT_EQ(from_half(0x3555), 0.333251953125);
}

}  // namespace
}  // namespace sluice
