#pragma once
// Logging through wasi:logging/logging, which the guest's world must import. Text that is not UTF-8 is
// repaired.

#include <sluice/text.h>
#include <sluice/world.h>

#ifndef SLUICE_IMPORT_LOGGING
#error "sluice/log.h: the world has to `import wasi:logging/logging@0.1.0-draft;`"
#endif

namespace sluice::guest::log {

using Level = ::wasi::logging::logging::Level;

/// `context` says what the message is about, for whoever filters the log; it may be empty.
inline void write(Level level, std::string_view context, std::string_view message) {
  if (is_utf8(context) && is_utf8(message)) {
    ::wasi::logging::logging::Log(level, context, message);
  } else {
    ::wasi::logging::logging::Log(level, to_utf8(context), to_utf8(message));
  }
}

inline void debug(std::string_view message) {
  write(Level::kDebug, {}, message);
}
inline void info(std::string_view message) {
  write(Level::kInfo, {}, message);
}
inline void warn(std::string_view message) {
  write(Level::kWarn, {}, message);
}
inline void error(std::string_view message) {
  write(Level::kError, {}, message);
}

}  // namespace sluice::guest::log
