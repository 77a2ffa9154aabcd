#include "retry_after.h"

#include <gtest/gtest.h>

namespace llm {
namespace {

constexpr std::uint64_t now = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT

std::optional<std::uint64_t> wait_of(std::string value, std::string header = "retry-after") {
  return retry_after_ms({429, {{std::move(header), std::move(value)}}, {}}, now);
}

TEST(RetryAfter, Dates) {
  EXPECT_EQ(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), now);
  EXPECT_EQ(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0U);
  EXPECT_EQ(http_date("Thu, 29 Feb 2024 23:59:60 GMT"), 1'709'251'200U);
  for (const char* text :
       {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 2024 00:00:00 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1869 08:49:37 GMT",
        "Sun, -6 Nov 1994 08:49:37 GMT"}) {
    EXPECT_EQ(http_date(text), std::nullopt) << text;
  }
}

TEST(RetryAfter, SecondsMillisecondsAndDates) {
  EXPECT_EQ(wait_of("2"), 2000U);
  EXPECT_EQ(wait_of(" 0.0204 "), 21U);
  EXPECT_EQ(wait_of("0"), 0U);
  EXPECT_EQ(wait_of("250", "retry-after-ms"), 250U);
  EXPECT_EQ(wait_of("Sun, 06 Nov 1994 08:50:00 GMT"), 23'000U);
  EXPECT_EQ(wait_of("Sun, 06 Nov 1994 08:00:00 GMT"), 0U);
  EXPECT_EQ(wait_of("1", "retry-later"), std::nullopt);
  const HttpAnswer both{429, {{"retry-after", "9"}, {"retry-after-ms", "5"}}, {}};
  EXPECT_EQ(retry_after_ms(both, now), 5U);
}

TEST(RetryAfter, NonsenseIsNothingAndLongIsADay) {
  for (const char* text : {"", "-1", "soon", "1e3", "1.2.3", "1s", "99999999999999999999999"})
    EXPECT_EQ(wait_of(text), std::nullopt) << text;
  EXPECT_EQ(wait_of("999999999"), 24U * 3600 * 1000);
  EXPECT_EQ(wait_of("Sun, 06 Nov 2094 08:50:00 GMT"), 24U * 3600 * 1000);
}

TEST(Decimal, Micros) {
  EXPECT_EQ(decimal_micros("2.5"), 2'500'000U);
  EXPECT_EQ(decimal_micros(".25"), 250'000U);
  EXPECT_EQ(decimal_micros("3."), 3'000'000U);
  EXPECT_EQ(decimal_micros("0.00000199"), 1U);
  for (const char* text : {"", ".", "a", "1.a", "-1", "+1", "1,5", "0x1"})
    EXPECT_EQ(decimal_micros(text), std::nullopt) << text;
}

}  // namespace
}  // namespace llm
