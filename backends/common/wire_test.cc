#include "common/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::backends {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "number=value" or "number:bytes" of each field, and "!" at the end where the bytes are no message.
std::vector<std::string> fields(std::string_view message) {
  std::vector<std::string> all;
  Wire wire(message);
  while (const auto field = wire.next()) {
    all.push_back(std::to_string(field->number) +
                  (field->is_bytes ? ":" + std::string(field->bytes) : "=" + std::to_string(field->value)));
  }
  if (wire.broken()) all.emplace_back("!");
  return all;
}

TEST(Wire, ReadsNumbersAndBytes) {
  EXPECT_THAT(fields(""), IsEmpty());
  EXPECT_THAT(fields(std::string_view("\x08\x96\x01\x12\x02hi\x1a\x00", 9)),
              ElementsAre("1=150", "2:hi", "3:"));
  EXPECT_THAT(fields(std::string_view("\x0d....\x11........\x18\x01", 16)), ElementsAre("1=0", "2=0", "3=1"));
  EXPECT_THAT(fields("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), ElementsAre("1=18446744073709551615"));
}

TEST(Wire, SkipsGroups) {
  EXPECT_THAT(fields("\x0b\x10\x05\x13\x14\x0c\x18\x07"), ElementsAre("3=7"));
  EXPECT_THAT(fields("\x0b\x10\x05"), ElementsAre("!"));
  EXPECT_THAT(fields("\x0c"), ElementsAre("!"));
}

TEST(Wire, SaysWhereBytesAreNoMessage) {
  EXPECT_THAT(fields("\x08"), ElementsAre("!"));
  EXPECT_THAT(fields("\x08\x80"), ElementsAre("!"));
  EXPECT_THAT(fields("\x12\x05hi"), ElementsAre("!"));
  EXPECT_THAT(fields(std::string_view("\x00\x01", 2)), ElementsAre("!"));
  EXPECT_THAT(fields("\x0f"), ElementsAre("!"));
  EXPECT_THAT(fields("\x08\x01\x0e"), ElementsAre("1=1", "!"));
  EXPECT_THAT(fields("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01zz"), ElementsAre("!"));
}

}  // namespace
}  // namespace sluice::backends
