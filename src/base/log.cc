#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>

#include "base/clock.h"
#include "base/value.h"

namespace sluice {

namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 4> level_colours{"\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[31m"};
constexpr std::size_t time_width = 24;
constexpr std::size_t level_width = 5;

// The quoted form of a JSON string.
void append_quoted(std::string& out, std::string_view text) {
  const std::string valid = is_utf8(text) ? std::string() : to_utf8(text, nullptr);
  out += '"';
  for (const char c : valid.empty() ? text : std::string_view(valid)) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

// Whether the text can stand bare in a line for people: printable, and in a value nothing that looks like its
// end.
bool is_plain(std::string_view text, std::string_view forbidden) {
  return is_utf8(text) && std::ranges::all_of(text, [&](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte >= 0x20 && byte != 0x7F && !forbidden.contains(c);
         });
}

void append_number(std::string& out, double v, LogFormat format) {
  if (format == LogFormat::json && !std::isfinite(v)) {
    out += fmt::format("\"{}\"", v);
  } else {
    out += fmt::format("{}", v);
  }
}

void append_value(std::string& out, const LogField::Value& value, LogFormat format) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    if (format == LogFormat::text && !text->empty() && is_plain(*text, " \"=\\")) {
      out += *text;
    } else {
      append_quoted(out, *text);
    }
  } else if (const auto* number = std::get_if<double>(&value)) {
    append_number(out, *number, format);
  } else {
    std::visit(
        [&]<class T>(const T& v) {
          if constexpr (!std::same_as<T, std::string_view>) out += fmt::format("{}", v);
        },
        value);
  }
}

std::string text_line(std::chrono::system_clock::time_point time, LogLevel level, std::string_view message,
                      std::initializer_list<LogField> fields) {
  std::string out = fmt::format("{} {:<{}} ", to_rfc3339(time), name_of(level), level_width);
  if (is_plain(message, "")) {
    out += message;
  } else {
    append_quoted(out, message);
  }
  for (const LogField& field : fields) {
    out += ' ';
    out += field.key;
    out += '=';
    append_value(out, field.value, LogFormat::text);
  }
  return out;
}

std::string json_line(std::chrono::system_clock::time_point time, LogLevel level, std::string_view message,
                      std::initializer_list<LogField> fields) {
  std::string out = fmt::format(R"({{"time":"{}","level":"{}","message":)", to_rfc3339(time), name_of(level));
  append_quoted(out, message);
  for (const LogField& field : fields) {
    out += ',';
    append_quoted(out, field.key);
    out += ':';
    append_value(out, field.value, LogFormat::json);
  }
  out += '}';
  return out;
}

// The one thing here that a process has only once, as it has only one standard error.
struct ProcessLog {
  std::atomic<LogLevel> level{LogLevel::info};
  std::atomic<LogFormat> format{LogFormat::text};
  std::atomic<bool> coloured{false};
  spdlog::logger logger{"sluice", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

  ProcessLog() { logger.set_pattern("%v"); }
};

bool colours_wanted(LogColour colour) {
  const char* no_color = std::getenv("NO_COLOR");
  return colour == LogColour::automatic && isatty(STDERR_FILENO) == 1 &&
         (no_color == nullptr || *no_color == '\0');
}

ProcessLog& process_log() {
  static ProcessLog instance;
  return instance;
}

}  // namespace

std::string_view name_of(LogLevel level) {
  return level_names[static_cast<std::size_t>(level)];
}

std::optional<LogLevel> log_level_of(std::string_view name) {
  const auto it = std::ranges::find(level_names, name);
  if (it == level_names.end()) return std::nullopt;
  return static_cast<LogLevel>(it - level_names.begin());
}

void configure_log(const LogOptions& options) {
  ProcessLog& target = process_log();
  target.level = options.level;
  target.format = options.format;
  target.coloured = options.format == LogFormat::text && colours_wanted(options.colour);
}

std::string format_log_line(LogFormat format, std::chrono::system_clock::time_point time, LogLevel level,
                            std::string_view message, std::initializer_list<LogField> fields) {
  return format == LogFormat::json ? json_line(time, level, message, fields)
                                   : text_line(time, level, message, fields);
}

void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  ProcessLog& target = process_log();
  if (level < target.level.load(std::memory_order_relaxed)) return;
  std::string line = format_log_line(target.format, std::chrono::system_clock::now(), level, message, fields);
  if (target.coloured) {
    const std::size_t at = time_width + 1;
    line.insert(at + name_of(level).size(), "\x1b[0m");
    line.insert(at, level_colours[static_cast<std::size_t>(level)]);
  }
  target.logger.log(spdlog::level::critical, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace sluice
