#include "base/clock.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST(Clock, FakeStandsStillUntilMoved) {
  FakeClock clock(std::chrono::system_clock::time_point(100s));
  const auto now = clock.now();
  const auto monotonic = clock.monotonic();
  EXPECT_EQ(clock.now(), now);
  clock.advance(1500ms);
  EXPECT_EQ(clock.now() - now, 1500ms);
  EXPECT_EQ(clock.monotonic() - monotonic, 1500ms);
  clock.set(std::chrono::system_clock::time_point(1s));
  EXPECT_EQ(clock.now().time_since_epoch(), 1s);
  EXPECT_EQ(clock.monotonic() - monotonic, 1500ms);
}

TEST(Clock, SystemNeverGoesBack) {
  const SystemClock clock;
  const auto first = clock.monotonic();
  EXPECT_GE(clock.monotonic(), first);
  EXPECT_GT(clock.now().time_since_epoch(), 0s);
}

TEST(Clock, Rfc3339) {
  EXPECT_EQ(to_rfc3339({}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(std::chrono::system_clock::time_point(951827696250ms)), "2000-02-29T12:34:56.250Z");
  EXPECT_EQ(to_rfc3339(std::chrono::system_clock::time_point(-1ms)), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace sluice
