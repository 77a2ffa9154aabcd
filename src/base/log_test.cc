#include "base/log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sluice {
namespace {

const std::chrono::system_clock::time_point time_zero{};

TEST(Log, TextForPeople) {
  EXPECT_EQ(format_log_line(
                LogFormat::text, time_zero, LogLevel::warn, "call refused",
                {{"run", "01H"}, {"to", std::string("host log")}, {"calls", 3}, {"ok", true}, {"ms", 1.5}}),
            R"(1970-01-01T00:00:00.000Z warn  call refused run=01H to="host log" calls=3 ok=true ms=1.5)");
  EXPECT_EQ(format_log_line(LogFormat::text, time_zero, LogLevel::info, "x", {{"empty", ""}}),
            R"(1970-01-01T00:00:00.000Z info  x empty="")");
}

TEST(Log, JsonLinesCanBeParsed) {
  const std::string line = format_log_line(
      LogFormat::json, time_zero, LogLevel::error, "a \"b\"\n\x01",
      {{"bad", "\xff|"}, {"n", std::uint64_t{18446744073709551615ULL}}, {"x", 0.5}, {"ok", false}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["time"], "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(json["level"], "error");
  EXPECT_EQ(json["message"], "a \"b\"\n\x01");
  EXPECT_EQ(json["bad"], "\xEF\xBF\xBD|");
  EXPECT_EQ(json["n"], 18446744073709551615ULL);
  EXPECT_EQ(json["x"], 0.5);
  EXPECT_EQ(json["ok"], false);
}

TEST(Log, NothingFromOutsideForgesALineOrAField) {
  const std::string line = format_log_line(LogFormat::text, time_zero, LogLevel::info, "x\n1970 error forged",
                                           {{"a", "1 b=2"}, {"c", "\x1b[31m"}, {"d", "q\"u"}});
  EXPECT_EQ(
      line,
      "1970-01-01T00:00:00.000Z info  \"x\\n1970 error forged\" a=\"1 b=2\" c=\"\\u001b[31m\" d=\"q\\\"u\"");
}

TEST(Log, Levels) {
  EXPECT_EQ(log_level_of("warn"), LogLevel::warn);
  EXPECT_EQ(log_level_of("loud"), std::nullopt);
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
    EXPECT_EQ(log_level_of(name_of(level)), level);
  }
}

TEST(Log, WritesToStandardErrorFromTheSetLevelOn) {
  configure_log({.level = LogLevel::warn, .format = LogFormat::json});
  testing::internal::CaptureStderr();
  log(LogLevel::info, "quiet");
  log(LogLevel::warn, "loud {} %v", {{"k", "v"}});
  const std::string written = testing::internal::GetCapturedStderr();
  configure_log({});
  EXPECT_EQ(written.find("quiet"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(written)["message"], "loud {} %v");
  EXPECT_EQ(written.back(), '\n');
}

}  // namespace
}  // namespace sluice
