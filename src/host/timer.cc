#include "host/timer.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "host/types.h"

namespace sluice::host {

TimerCapability::TimerCapability()
    : Capability("timer", {"sluice:time/timer@0.1.0", {function("sleep", {{"ms", u32()}})}}) {}

Task<Result<std::optional<Value>>> TimerCapability::call(gate::Frame& /*caller*/,
                                                         const gate::BoundValues& /*bound*/,
                                                         std::size_t /*index*/,
                                                         std::vector<Value> arguments) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::milliseconds(arguments[0].as_unsigned()));
  co_await timer.async_wait(asio::use_awaitable);
  co_return std::optional<Value>();
}

}  // namespace sluice::host
