#include "host/random.h"

#include <cstring>

#include "host/types.h"

namespace sluice::host {

namespace {

constexpr std::uint64_t bytes_max = 64U << 10;

InterfaceType random_type() {
  return {"wasi:random/random@0.2.0",
          {function("get-random-bytes", {{"len", u64()}}, Type::list(u8())),
           function("get-random-u64", {}, u64())}};
}

}  // namespace

RandomCapability::RandomCapability() : Capability("random", random_type()) {}

Task<Result<std::optional<Value>>> RandomCapability::call(gate::Frame& caller,
                                                          const gate::BoundValues& /*bound*/,
                                                          std::size_t index, std::vector<Value> arguments) {
  if (index == 1) {
    const std::string bytes = caller.run.entropy->bytes(sizeof(std::uint64_t));
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    co_return std::optional<Value>(Value::unsigned_int(number));
  }
  const std::uint64_t count = arguments[0].as_unsigned();
  if (count > bytes_max) {
    co_return fail(ErrorCode::limit, "call get-random-bytes",
                   "it asked for " + std::to_string(count) + " bytes; 65536 is the limit of one call");
  }
  co_return std::optional<Value>(Value::bytes(caller.run.entropy->bytes(static_cast<std::size_t>(count))));
}

}  // namespace sluice::host
