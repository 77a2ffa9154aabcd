// Tasks side by side on the calling shard.
#pragma once

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cstddef>
#include <utility>

#include "base/task.h"

namespace sluice {

// Runs each(i) for every i of [from, to) at once, and returns when all have ended. If one throws, or the
// caller is cancelled, the others are cancelled first. `each` gives a Task<void>, and outlives this.
template <class Each>
Task<void> side_by_side(std::size_t from, std::size_t to, const Each& each) {
  using asio::experimental::awaitable_operators::operator&&;
  if (from >= to) co_return;
  if (to - from == 1) {
    Task<void> one = each(from);
    co_await std::move(one);
    co_return;
  }
  const std::size_t middle = from + (to - from) / 2;
  co_await (side_by_side(from, middle, each) && side_by_side(middle, to, each));
}

}  // namespace sluice
