#include "host/clock.h"

#include <chrono>

#include "host/types.h"

namespace sluice::host {

namespace {

InterfaceType wall_clock_type() {
  const Type datetime = Type::record({member("seconds", u64()), member("nanoseconds", u32())});
  return {"wasi:clocks/wall-clock@0.2.0",
          {function("now", {}, datetime), function("resolution", {}, datetime)}};
}

Value datetime(std::chrono::nanoseconds since_epoch) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  std::vector<Field> fields;
  fields.push_back({"seconds", Value::unsigned_int(static_cast<std::uint64_t>(seconds.count()))});
  fields.push_back(
      {"nanoseconds", Value::unsigned_int(static_cast<std::uint64_t>((since_epoch - seconds).count()))});
  return Value::record(std::move(fields));
}

}  // namespace

ClockCapability::ClockCapability() : Capability("clock", wall_clock_type()) {}

Task<Result<std::optional<Value>>> ClockCapability::call(gate::Frame& caller,
                                                         const gate::BoundValues& /*bound*/,
                                                         std::size_t index,
                                                         std::vector<Value> /*arguments*/) {
  if (index == 1) co_return std::optional<Value>(datetime(std::chrono::nanoseconds(1)));
  co_return std::optional<Value>(datetime(caller.run.clock->now().time_since_epoch()));
}

}  // namespace sluice::host
