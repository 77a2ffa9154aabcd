#include "base/value.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/testing/break_value.h"
#include "base/testing/draw.h"

namespace sluice {
namespace {

using testing_support::break_value;
using testing_support::Draw;
using testing_support::draw_type;
using testing_support::draw_value;

TEST(Value, CloneIsEqual) {
  EXPECT_TRUE(rc::check("a clone equals its original and has its footprint", [](const std::string& bytes) {
    Draw draw(bytes);
    const Type type = draw_type(draw);
    const Value value = draw_value(draw, type);
    const Value copy = value.clone();
    RC_ASSERT(copy == value);
    RC_ASSERT(footprint(copy) == footprint(value));
    RC_ASSERT(footprint(value) >= sizeof(Value));
  }));
}

TEST(Value, FloatsAreComparedByBits) {
  EXPECT_FALSE(Value::f64(0.0) == Value::f64(-0.0));
  EXPECT_TRUE(Value::f32(std::numeric_limits<float>::quiet_NaN()) ==
              Value::f32(-std::numeric_limits<float>::quiet_NaN()));
  EXPECT_FALSE(Value::f32(1) == Value::f64(1));
  EXPECT_FALSE(Value::signed_int(1) == Value::unsigned_int(1));
}

TEST(Value, FootprintCountsWhatIsHeld) {
  EXPECT_GE(footprint(Value::string(std::string(1000, 'x'))), 1000U);
  std::vector<Value> items;
  items.push_back(Value::bytes(std::string(500, 'x')));
  items.push_back(Value::some(Value::string(std::string(500, 'x'))));
  EXPECT_GE(footprint(Value::list(std::move(items))), 1000U);
}

TEST(Check, AcceptsWhatIsOfTheType) {
  EXPECT_TRUE(rc::check("drawn values pass", [](const std::string& bytes) {
    Draw draw(bytes);
    const Type type = draw_type(draw);
    const Value value = draw_value(draw, type);
    const Status status = check(value, type);
    if (!status) RC_FAIL(status.error().to_string() + " for " + type.to_string());
  }));
}

TEST(Check, RejectsWhatIsNot) {
  EXPECT_TRUE(rc::check("broken values do not pass", [](const std::string& bytes) {
    Draw draw(bytes);
    const Type type = draw_type(draw);
    Value value = draw_value(draw, type);
    break_value(draw, value, type);
    const Status status = check(value, type);
    RC_ASSERT(!status.has_value());
    RC_ASSERT(status.error().code == ErrorCode::invalid_input);
    RC_ASSERT(!status.error().what.empty() && !status.error().why.empty());
  }));
}

TEST(Check, SaysWhere) {
  const Type type =
      Type::record({member("files", Type::list(Type::record({member("path", Type(Kind::string))})))});
  std::vector<Field> file;
  file.push_back({"path", Value::unsigned_int(1)});
  std::vector<Value> files;
  files.push_back(Value::record(std::move(file)));
  std::vector<Field> fields;
  fields.push_back({"files", Value::list(std::move(files))});
  EXPECT_EQ(check(Value::record(std::move(fields)), type).error().to_string(),
            "/files/0/path: expected string, found unsigned integer");
  EXPECT_EQ(check(Value(), Type(Kind::string)).error().to_string(), "value: expected string, found bool");
}

}  // namespace
}  // namespace sluice
