// Time, passed in: the real clock, and one that tests and replays set.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace sluice {

// Both times may be asked from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // The time of day, in nanoseconds since 1970 (UTC). May jump.
  [[nodiscard]] virtual std::chrono::system_clock::time_point now() const = 0;
  // Never goes back; only differences mean something.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point monotonic() const = 0;
};

class SystemClock : public Clock {
 public:
  [[nodiscard]] std::chrono::system_clock::time_point now() const override;
  [[nodiscard]] std::chrono::steady_clock::time_point monotonic() const override;
};

// Stands still until it is moved.
class FakeClock : public Clock {
 public:
  // `now` starts as given, `monotonic` at its epoch.
  explicit FakeClock(std::chrono::system_clock::time_point now = {});
  [[nodiscard]] std::chrono::system_clock::time_point now() const override;
  [[nodiscard]] std::chrono::steady_clock::time_point monotonic() const override;

  // Moves both times forward.
  void advance(std::chrono::nanoseconds by);
  // Sets the time of day alone, as an operator who corrects a clock does.
  void set(std::chrono::system_clock::time_point now);

 private:
  std::atomic<std::int64_t> now_ns_;
  std::atomic<std::int64_t> monotonic_ns_{0};
};

// RFC 3339 in UTC with milliseconds, e.g. `2026-01-31T23:59:59.250Z`.
[[nodiscard]] std::string to_rfc3339(std::chrono::system_clock::time_point time);

}  // namespace sluice
