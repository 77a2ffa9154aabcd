#include "base/value_json.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/testing/draw.h"

namespace sluice {
namespace {

using testing_support::Draw;
using testing_support::draw_type;
using testing_support::draw_value;

Type file_type() {
  return Type::record(
      {member("path", Type(Kind::string)), member("previous-path", Type::option(Type(Kind::string))),
       member("status", Type::enumeration({"added", "modified"})), member("lines", Type(Kind::u32))});
}

std::string read_and_write(std::string_view text, const Type& type) {
  const auto value = from_json(text, type);
  return value ? to_json(*value, type) : value.error().to_string();
}

std::string problem(std::string_view text, const Type& type, const ReadLimits& limits = {}) {
  const auto value = from_json(text, type, limits);
  return value ? "accepted: " + to_json(*value, type) : value.error().to_string();
}

TEST(ValueJson, CanonicalFormOfEachKind) {
  const Type u32(Kind::u32);
  const Type text(Kind::string);
  const auto same = [](const std::string& json, const Type& type) {
    EXPECT_EQ(read_and_write(json, type), json);
  };
  same("true", Type(Kind::boolean));
  same("-128", Type(Kind::s8));
  same("18446744073709551615", Type(Kind::u64));
  same("-9223372036854775808", Type(Kind::s64));
  same("0.1", Type(Kind::f32));
  same("-0.0", Type(Kind::f64));
  same("1.0", Type(Kind::f64));
  same("1e+300", Type(Kind::f64));
  same("\"NaN\"", Type(Kind::f32));
  same("\"-Infinity\"", Type(Kind::f64));
  same("\"\xF0\x9F\x99\x82\"", Type(Kind::character));
  same(R"("a\"\\/\n\u0001é")", text);
  same("\"AAEC/w==\"", Type::list(Type(Kind::u8)));
  same("[1,2]", Type::list(u32));
  same("[]", Type::list(u32));
  same("[1,\"a\"]", Type::tuple({u32, text}));
  same("[]", Type::tuple({}));
  same(R"({"lines":3,"path":"a","previous-path":null,"status":"added"})", file_type());
  same("{}", Type::record({}));
  const Type variant = Type::variant({member("none"), member("some-text", text)});
  same("\"none\"", variant);
  same(R"({"some-text":"x"})", variant);
  same(R"(["a","c"])", Type::flags({"a", "b", "c"}));
  same("null", Type::option(u32));
  same("7", Type::option(u32));
  const Type nested = Type::option(Type::option(u32));
  same("null", nested);
  same(R"({"some":null})", nested);
  same(R"({"some":7})", nested);
  same(R"({"ok":null})", Type::result(nullptr, &text));
  same(R"({"err":"x"})", Type::result(nullptr, &text));
}

TEST(ValueJson, ReadsWhatMeansTheSame) {
  EXPECT_EQ(read_and_write(
                " {\n\"status\" : \"added\", \"p\\u0061th\":\"\\ud83d\\ude42\\/\", \"lines\": 1.50e1 }\t",
                file_type()),
            "{\"lines\":15,\"path\":\"\xF0\x9F\x99\x82/\",\"previous-path\":null,\"status\":\"added\"}");
  EXPECT_EQ(read_and_write("-0", Type(Kind::s8)), "0");
  EXPECT_EQ(read_and_write("-0e5", Type(Kind::u8)), "0");
  EXPECT_EQ(read_and_write("100e-2", Type(Kind::u8)), "1");
  EXPECT_EQ(read_and_write("1.8446744073709551615e19", Type(Kind::u64)), "18446744073709551615");
  EXPECT_EQ(read_and_write("-0", Type(Kind::f32)), "-0.0");
  EXPECT_EQ(read_and_write("1e-400", Type(Kind::f64)), "0.0");
  EXPECT_EQ(read_and_write("-0.00001e-400", Type(Kind::f64)), "-0.0");
  EXPECT_EQ(read_and_write("[\"c\",\"a\"]", Type::flags({"a", "b", "c"})), "[\"a\",\"c\"]");
}

TEST(ValueJson, ErrorsSayWhere) {
  const Type files = Type::record({member("files", Type::list(file_type()))});
  EXPECT_EQ(problem(R"({"files":[{"path":7}]})", files), "/files/0/path: expected string, found number");
  EXPECT_EQ(problem(R"({"files":[{"path":"a","status":"addd","lines":1}]})", files),
            "/files/0/status: unknown name `addd`; did you mean `added`?");
  EXPECT_EQ(problem(R"({"files":[{"pathh":"a"}]})", files),
            "/files/0: unknown field `pathh`; did you mean `path`?");
  EXPECT_EQ(problem(R"({"files":[{"status":"added","lines":1}]})", files),
            "/files/0: the field `path` is missing");
  EXPECT_EQ(problem(R"({"files":[],"files":[]})", files), "value: the field `files` is there twice");
  EXPECT_EQ(problem("3", files), "value: expected record, found number");
  EXPECT_EQ(problem("256", Type(Kind::u8)), "value: the number is out of the range of u8");
  EXPECT_EQ(problem("-1", Type(Kind::u8)), "value: the number is out of the range of u8");
  EXPECT_EQ(problem("128", Type(Kind::s8)), "value: the number is out of the range of s8");
  EXPECT_EQ(problem("18446744073709551616", Type(Kind::u64)), "value: the number is out of the range of u64");
  EXPECT_EQ(problem("1e999999999999", Type(Kind::u64)), "value: the number is out of the range of u64");
  EXPECT_EQ(problem("1e999", Type(Kind::f64)), "value: the number is out of the range of f64");
  EXPECT_EQ(problem("3.4028235e39", Type(Kind::f32)), "value: the number is out of the range of f32");
  EXPECT_EQ(problem("1.5", Type(Kind::u8)), "value: expected u8, found a fraction");
  EXPECT_EQ(problem("\"ab\"", Type(Kind::character)),
            "value: expected char (a text of one Unicode scalar value), found `ab`");
  EXPECT_EQ(problem("\"\"", Type(Kind::character)),
            "value: expected char (a text of one Unicode scalar value), found ``");
  EXPECT_EQ(problem("[1]", Type::tuple({Type(Kind::u8), Type(Kind::u8)})),
            "value: expected a tuple of 2, found 1 elements");
  EXPECT_EQ(problem("[1,2,3]", Type::tuple({Type(Kind::u8), Type(Kind::u8)})),
            "value: expected a tuple of 2, found more elements");
  EXPECT_EQ(problem("[\"a\",\"a\"]", Type::flags({"a"})), "/1: the flag `a` is there twice");
  EXPECT_EQ(problem("\"AA=\"", Type::list(Type(Kind::u8))), "value: expected base64 text, found `AA=`");
  EXPECT_EQ(problem("[1]", Type::list(Type(Kind::u8))), "value: expected base64 text, found array");
  const Type variant = Type::variant({member("plain"), member("loaded", Type(Kind::u8))});
  EXPECT_EQ(problem("\"loaded\"", variant), "value: the case `loaded` lacks its payload");
  EXPECT_EQ(problem("{\"plain\":null}", variant),
            "value: the case `plain` has no payload: it is written as text");
  EXPECT_EQ(problem("{}", variant), "value: expected variant, found an object without a key");
  EXPECT_EQ(problem("{\"loaded\":1,\"plain\":1}", variant),
            "value: expected variant, found an object with more than one key");
}

TEST(ValueJson, TextThatIsNotJson) {
  const Type list = Type::list(Type(Kind::string));
  for (const std::string_view text :
       {"", " ", "[", "[\"a\"", "[\"a\",]", "[,]", "[\"a\" \"b\"]", "[\"a\"]]", "[\"a]", "[\"\\x\"]",
        "[\"\\ud800\"]", "[\"\\udc00\"]", "[\"\\ud800\\u0041\"]", "[\"\n\"]", "[\"\xff\"]", "['a']", "nul",
        "[\"\\u12g4\"]", "[\"\\u+123\"]"}) {
    EXPECT_EQ(from_json(text, list).error().code, ErrorCode::invalid_input) << text;
  }
  EXPECT_EQ(problem("[\"a\";", list), "/1: not JSON: expected `,` or `]` at byte 4, found `;`");
  EXPECT_EQ(problem("[", list), "/0: not JSON: expected a value at byte 1, where the text ends");
  for (const std::string_view text :
       {"01", "-", "1.", ".5", "+1", "1e", "1e+", "0x1", "- 1", "1a", "tru", "Infinity"}) {
    EXPECT_FALSE(from_json(text, Type(Kind::f64)).has_value()) << text;
    EXPECT_FALSE(from_json(text, Type(Kind::s32)).has_value()) << text;
  }
  EXPECT_FALSE(from_json("{\"a\":1,}", Type::record({member("a", Type(Kind::u8))})).has_value());
  EXPECT_FALSE(from_json("{\"a\" 1}", Type::record({member("a", Type(Kind::u8))})).has_value());
  EXPECT_FALSE(from_json("{a:1}", Type::record({member("a", Type(Kind::u8))})).has_value());
}

TEST(ValueJson, Limits) {
  Type deep(Kind::u8);
  std::string text = "1";
  for (int i = 0; i < 101; ++i) {
    deep = Type::list(i == 0 ? Type(Kind::u16) : deep);
    text = "[" + text + "]";
  }
  EXPECT_EQ(from_json(text, deep).error().code, ErrorCode::limit);
  EXPECT_EQ(problem("12345", Type(Kind::u32), {.bytes_max = 4}),
            "value: the text has 5 bytes; 4 are allowed");
  const Type list = Type::list(Type(Kind::u16));
  EXPECT_TRUE(from_json("[1,2]", list, {.values_max = 2}).has_value());
  EXPECT_EQ(problem("[1,2,3]", list, {.values_max = 2}),
            "/2: there are more than the 2 values that are allowed");
  // Nesting that no type asks for is refused at its first bracket.
  EXPECT_FALSE(from_json(std::string(1'000'000, '['), Type(Kind::string)).has_value());
}

TEST(ValueJson, HostileNamesAreNotEchoedWhole) {
  const std::string text = "{\"" + std::string(100'000, 'x') + "\\u0007\":1}";
  EXPECT_LT(problem(text, file_type()).size(), 300U);
}

TEST(ValueJson, RoundTripProperty) {
  EXPECT_TRUE(
      rc::check("what is written reads back equal, as text and as a document", [](const std::string& bytes) {
        Draw draw(bytes);
        const Type type = draw_type(draw);
        const Value value = draw_value(draw, type);
        const std::string text = to_json(value, type);
        const auto read = from_json(text, type);
        if (!read) RC_FAIL(read.error().to_string() + " in " + text);
        RC_ASSERT(*read == value);
        RC_ASSERT(to_json(*read, type) == text);
        RC_ASSERT(check(*read, type).has_value());
        const auto from_document = from_json_document(to_json_document(value, type), type);
        if (!from_document) RC_FAIL(from_document.error().to_string() + " in " + text);
        RC_ASSERT(*from_document == value);
        // Another library's spelling of the same document.
        const auto respelled = from_json(nlohmann::json::parse(text).dump(1, '\t', true), type);
        RC_ASSERT(respelled.has_value() && *respelled == value);
      }));
}

TEST(ValueJson, UniqueTextProperty) {
  EXPECT_TRUE(rc::check("values are equal exactly where their texts are", [](const std::string& bytes) {
    Draw draw(bytes);
    const Type type = draw_type(draw);
    const Value a = draw_value(draw, type);
    const Value b = draw_value(draw, type);
    RC_ASSERT((a == b) == (to_json(a, type) == to_json(b, type)));
  }));
}

TEST(ValueJson, DocumentErrors) {
  using nlohmann::json;
  EXPECT_EQ(from_json_document(json{{"path", 1}}, file_type()).error().to_string(),
            "/path: expected string, found number");
  EXPECT_EQ(from_json_document(json("\xff"), Type(Kind::string)).error().to_string(),
            "value: the string is not valid UTF-8");
  EXPECT_EQ(from_json_document(json(1e39), Type(Kind::f32)).error().to_string(),
            "value: the number is out of the range of f32");
  EXPECT_EQ(from_json_document(json(0x1p64), Type(Kind::u64)).error().to_string(),
            "value: the number is out of the range of u64");
  EXPECT_EQ(from_json_document(json(2.0), Type(Kind::u8))->as_unsigned(), 2U);
  EXPECT_EQ(from_json_document(json(-128), Type(Kind::s8))->as_signed(), -128);
  EXPECT_FALSE(from_json_document(json::parse("[", nullptr, false), Type(Kind::u8)).has_value());
}

TEST(ValueJson, TextThatIsNotUtf8IsWrittenWithReplacements) {
  EXPECT_EQ(to_json(Value::string("a\xff"), Type(Kind::string)), "\"a\xEF\xBF\xBD\"");
}

TEST(Base64, KnownAnswers) {
  // RFC 4648, section 10.
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  for (const std::string_view bad :
       {"Zg=", "Zg", "Z", "Zh==", "Zm9=", "====", "=", "Zg==Zg==", "Z=g=", "Zm8\n", "Zm-_"}) {
    EXPECT_EQ(from_base64(bad), std::nullopt) << bad;
  }
  EXPECT_TRUE(rc::check("bytes come back",
                        [](const std::string& bytes) { RC_ASSERT(from_base64(to_base64(bytes)) == bytes); }));
}

}  // namespace
}  // namespace sluice
