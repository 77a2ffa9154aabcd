// Always-on checks of what must hold whatever the input: a failure is a defect of Sluice, never of its user.
#pragma once

#include <source_location>

namespace sluice {

// Writes `what` and the place to stderr and aborts.
[[noreturn]] void broken_invariant(const char* what, const std::source_location& where);

inline void invariant(bool holds, const char* what,
                      const std::source_location& where = std::source_location::current()) {
  if (!holds) [[unlikely]]
    broken_invariant(what, where);
}

}  // namespace sluice
