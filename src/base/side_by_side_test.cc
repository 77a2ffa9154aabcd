#include "base/side_by_side.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <stdexcept>
#include <vector>

namespace sluice {
namespace {

Task<void> sleep(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

TEST(SideBySide, RunsAllAtOnceAndWaitsForAll) {
  asio::io_context context;
  std::size_t running = 0;
  std::size_t most = 0;
  std::vector<int> done(7, 0);
  const auto each = [&](std::size_t i) -> Task<void> {
    most = std::max(most, ++running);
    co_await sleep(std::chrono::milliseconds(1 + i % 3));
    --running;
    done[i] += 1;
  };
  std::exception_ptr thrown;
  asio::co_spawn(context, side_by_side(0, done.size(), each), [&](std::exception_ptr e) { thrown = e; });
  context.run();
  EXPECT_FALSE(thrown);
  EXPECT_EQ(most, 7U);
  EXPECT_EQ(done, std::vector<int>(7, 1));
}

TEST(SideBySide, NothingToDoIsDone) {
  asio::io_context context;
  bool ended = false;
  const auto each = [](std::size_t) -> Task<void> { co_return; };
  asio::co_spawn(context, side_by_side(3, 3, each), [&](std::exception_ptr) { ended = true; });
  context.run();
  EXPECT_TRUE(ended);
}

TEST(SideBySide, OneThatThrowsEndsTheOthers) {
  asio::io_context context;
  const auto each = [&](std::size_t i) -> Task<void> {
    if (i == 1) throw std::runtime_error("one");
    co_await sleep(std::chrono::hours(1));
  };
  std::exception_ptr thrown;
  asio::co_spawn(context, side_by_side(0, 4, each), [&](std::exception_ptr e) { thrown = e; });
  context.run();
  ASSERT_TRUE(thrown);
  EXPECT_THROW(std::rethrow_exception(thrown), std::exception);
}

TEST(SideBySide, CancellingEndsAll) {
  asio::io_context context;
  int cancelled = 0;
  const auto each = [&](std::size_t) -> Task<void> {
    try {
      co_await sleep(std::chrono::hours(1));
    } catch (const boost::system::system_error&) {
      ++cancelled;
      throw;
    }
  };
  asio::cancellation_signal signal;
  std::exception_ptr thrown;
  asio::co_spawn(context, side_by_side(0, 5, each),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { thrown = e; }));
  asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
  context.run();
  EXPECT_TRUE(thrown);
  EXPECT_EQ(cancelled, 5);
}

}  // namespace
}  // namespace sluice
