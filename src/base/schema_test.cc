#include "base/schema.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <nlohmann/json.hpp>

#include "base/testing/draw.h"
#include "base/testing/schema_validator.h"
#include "base/value_json.h"

namespace sluice {
namespace {

using nlohmann::json;
using testing_support::Draw;
using testing_support::draw_type;
using testing_support::draw_value;
using testing_support::SchemaValidator;

FunctionType get_file() {
  return {"get",
          {{"path", Type(Kind::string)}, {"line", Type::option(Type(Kind::u32))}},
          nullptr,
          "Fetches a file."};
}

TEST(Schema, OfParameters) {
  const json expected = json::parse(R"({
    "type": "object",
    "description": "Fetches a file.",
    "properties": {
      "path": {"type": "string"},
      "line": {"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 0, "maximum": 4294967295}]}
    },
    "required": ["path"],
    "additionalProperties": false
  })");
  EXPECT_EQ(schema_of_parameters(get_file()), expected);
  const auto read = from_json(R"({"path":"a"})", parameters_as_record(get_file()));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->field(0).as_string(), "a");
  EXPECT_EQ(read->field(1).as_case().index, 0U);
  EXPECT_FALSE(schema_of_parameters({"f", {}, nullptr, {}}).contains("description"));
}

TEST(Schema, ExactBounds) {
  EXPECT_EQ(schema_of(Type(Kind::u64))["maximum"].dump(), "18446744073709551615");
  EXPECT_EQ(schema_of(Type(Kind::s64))["minimum"].dump(), "-9223372036854775808");
}

// A document that is near to one of the type: parts replaced, left out, put in.
json random_document(Draw& draw) {
  switch (draw.below(14)) {
    case 0:
      return nullptr;
    case 1:
      return draw.below(2) == 1;
    case 2:
      return testing_support::draw_integer<std::int64_t>(draw);
    case 3:
      return testing_support::draw_integer<std::uint64_t>(draw);
    case 4:
      return static_cast<double>(draw.byte()) - 100.0;
    case 5:
      return static_cast<double>(draw.byte()) / 4;
    case 6:
      return 3.4028235677973366e38;
    case 7:
      return 3.4028235677973362e38;
    case 8:
      return "NaN";
    case 9:
      return "AAAB";
    case 10:
      return "AAB=";
    case 11:
      return testing_support::draw_text(draw);
    case 12:
      return json::array();
    default:
      return json::object();
  }
}

void mutate(Draw& draw, json& document) {
  const bool into = document.is_structured() && !document.empty() && draw.below(4) != 0;
  if (!into) {
    if (document.is_array() && draw.below(2) == 0) {
      document.push_back(random_document(draw));
    } else if (document.is_object() && draw.below(2) == 0) {
      document[testing_support::draw_name(draw, 0)] = random_document(draw);
    } else {
      document = random_document(draw);
    }
    return;
  }
  auto at = document.begin();
  std::advance(at, draw.below(document.size()));
  switch (draw.below(document.is_array() ? 3 : 2)) {
    case 0:
      mutate(draw, *at);
      break;
    case 1:
      document.erase(at);
      break;
    default:
      document.push_back(*at);
      break;
  }
}

TEST(Schema, AcceptsWhatFromJsonReads) {
  EXPECT_TRUE(rc::check("schema and reader agree on values and on documents near to them",
                        [](const std::string& bytes) {
                          Draw draw(bytes);
                          const Type type = draw_type(draw);
                          const json schema = schema_of(type);
                          json document = to_json_document(draw_value(draw, type), type);
                          if (!SchemaValidator::accepts(schema, document))
                            RC_FAIL(schema.dump() + " refuses " + document.dump());
                          mutate(draw, document);
                          const auto read = from_json_document(document, type);
                          RC_CLASSIFY(read.has_value(), "still of the type");
                          if (SchemaValidator::accepts(schema, document) != read.has_value()) {
                            RC_FAIL(schema.dump() + (read ? " refuses " : " accepts ") + document.dump());
                          }
                          const auto as_text = from_json(document.dump(), type);
                          if (as_text.has_value() != read.has_value())
                            RC_FAIL("text and document differ on " + document.dump());
                        }));
}

TEST(Schema, PatternOfBytesIsExact) {
  const Type bytes = Type::list(Type(Kind::u8));
  const json schema = schema_of(bytes);
  EXPECT_TRUE(rc::check("every text that the pattern takes is base64, and the other way round", [&] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::element('A', 'Q', 'g', 'w', 'E', 'z', '+', '/', '=', '-'));
    const std::string cut = text.substr(0, text.size() / 4 * 4);
    RC_ASSERT(SchemaValidator::accepts(schema, text) == from_json_document(text, bytes).has_value());
    RC_ASSERT(SchemaValidator::accepts(schema, cut) == from_json_document(cut, bytes).has_value());
  }));
}

}  // namespace
}  // namespace sluice
