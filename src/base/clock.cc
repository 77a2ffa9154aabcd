#include "base/clock.h"

#include <fmt/format.h>

namespace sluice {

namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

std::int64_t count_of(system_clock::time_point time) {
  return duration_cast<nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

system_clock::time_point SystemClock::now() const {
  return system_clock::now();
}
steady_clock::time_point SystemClock::monotonic() const {
  return steady_clock::now();
}

FakeClock::FakeClock(system_clock::time_point now) : now_ns_(count_of(now)) {}

system_clock::time_point FakeClock::now() const {
  return system_clock::time_point(duration_cast<system_clock::duration>(nanoseconds(now_ns_.load())));
}

steady_clock::time_point FakeClock::monotonic() const {
  return steady_clock::time_point(duration_cast<steady_clock::duration>(nanoseconds(monotonic_ns_.load())));
}

void FakeClock::advance(nanoseconds by) {
  now_ns_ += by.count();
  monotonic_ns_ += by.count();
}

void FakeClock::set(system_clock::time_point now) {
  now_ns_ = count_of(now);
}

std::string to_rfc3339(system_clock::time_point time) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(ms);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(ms - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

}  // namespace sluice
