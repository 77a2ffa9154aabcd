#include "base/shards.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <stdexcept>

namespace sluice {
namespace {

TEST(Shards, RunsWorkOnTheThreadOfItsShard) {
  Shards shards(3, "worker");
  ASSERT_EQ(shards.count(), 3U);
  EXPECT_EQ(shards.current(), Shards::npos);
  for (std::size_t i = 0; i < shards.count(); ++i) {
    std::size_t seen = Shards::npos;
    std::string name;
    shards.run(i, [&] {
      seen = shards.current();
      std::array<char, 16> buffer{};
      pthread_getname_np(pthread_self(), buffer.data(), buffer.size());
      name = buffer.data();
    });
    EXPECT_EQ(seen, i);
    EXPECT_EQ(name, "worker-" + std::to_string(i));
  }
}

TEST(Shards, RunHandsExceptionsOn) {
  Shards shards(1, "worker");
  EXPECT_THROW(shards.run(0, [] { throw std::runtime_error("no"); }), std::runtime_error);
}

TEST(Shards, KeepsLongNamesApart) {
  Shards shards(2, "a-name-longer-than-the-kernel-keeps");
  std::array<std::string, 2> names;
  for (std::size_t i = 0; i < 2; ++i) {
    shards.run(i, [&] {
      std::array<char, 16> buffer{};
      pthread_getname_np(pthread_self(), buffer.data(), buffer.size());
      names.at(i) = buffer.data();
    });
  }
  EXPECT_EQ(names[0], "a-name-longer-0");
  EXPECT_EQ(names[1], "a-name-longer-1");
}

Task<void> throw_later() {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(1));
  co_await timer.async_wait(asio::use_awaitable);
  throw std::runtime_error("late");
}

TEST(Shards, SpawnReportsWhatTheCoroutineThrew) {
  Shards shards(2, "worker");
  std::promise<std::exception_ptr> ended;
  shards.spawn(1, throw_later(), [&](std::exception_ptr error) {
    EXPECT_EQ(shards.current(), 1U);
    ended.set_value(error);
  });
  const std::exception_ptr error = ended.get_future().get();
  ASSERT_TRUE(error);
  EXPECT_THROW(std::rethrow_exception(error), std::runtime_error);
}

Task<void> hold_for_ever(std::shared_ptr<int> held, std::promise<void>& started) {
  asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  started.set_value();
  co_await timer.async_wait(asio::use_awaitable);
  *held = 1;
}

TEST(Shards, StopFreesCoroutinesThatStillWait) {
  auto held = std::make_shared<int>(0);
  std::promise<void> started;
  Shards shards(1, "worker");
  shards.spawn(0, hold_for_ever(held, started));
  started.get_future().get();
  EXPECT_EQ(held.use_count(), 2);
  shards.stop();
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 0);
  shards.stop();
}

}  // namespace
}  // namespace sluice
