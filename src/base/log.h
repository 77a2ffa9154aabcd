// The program's log: lines on standard error, for people or as JSON.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice {

enum class LogLevel : std::uint8_t { debug, info, warn, error };

[[nodiscard]] std::string_view name_of(LogLevel level);
// The level with this name, if it is one.
[[nodiscard]] std::optional<LogLevel> log_level_of(std::string_view name);

// A named part of a line. It only lives as long as the call it is made for: texts are not copied.
struct LogField {
  using Value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view>;

  std::string_view key;
  Value value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, std::same_as<bool> auto v) : key(k), value(v) {}
  LogField(std::string_view k, std::floating_point auto v) : key(k), value(static_cast<double>(v)) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  LogField(std::string_view k, T v) : key(k), value(widened(v)) {}

 private:
  template <std::integral T>
  static Value widened(T v) {
    if constexpr (std::signed_integral<T>) return static_cast<std::int64_t>(v);
    if constexpr (std::unsigned_integral<T>) return static_cast<std::uint64_t>(v);
  }
};

enum class LogFormat : std::uint8_t { text, json };
enum class LogColour : std::uint8_t { automatic, never };  // automatic: on a terminal, unless NO_COLOR is set

struct LogOptions {
  LogLevel level = LogLevel::info;  // lines below it are dropped
  LogFormat format = LogFormat::text;
  LogColour colour = LogColour::automatic;
};

// For `main`, before anything logs. Like standard error itself, the log belongs to the whole process; until
// this is called it has the default options.
void configure_log(const LogOptions& options);

// Writes one line. What comes from outside cannot forge another: control characters are escaped, and what is
// not UTF-8 is replaced. Any thread may call.
void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

// The line that `log` writes, without its line feed and colour:
//   text: `2026-01-31T23:59:59.250Z warn  call refused run=01H… to="host log"`
//   JSON: `{"time":"…","level":"warn","message":"call refused","run":"01H…","to":"host log"}`
[[nodiscard]] std::string format_log_line(LogFormat format, std::chrono::system_clock::time_point time,
                                          LogLevel level, std::string_view message,
                                          std::initializer_list<LogField> fields);

}  // namespace sluice
