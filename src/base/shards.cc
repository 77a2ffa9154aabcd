#include "base/shards.h"

#include <pthread.h>

#include <fmt/format.h>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <optional>
#include <thread>

namespace sluice {

struct Shards::Shard {
  // The hint says that one thread alone runs the loop, which spares locks' contention; posting stays
  // thread-safe.
  std::optional<asio::io_context> context{std::in_place, 1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard{context->get_executor()};
  std::thread thread;
};

Shards::Shards(std::size_t count, std::string_view name) {
  shards_.reserve(std::max<std::size_t>(count, 1));
  for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i) {
    shards_.push_back(std::make_unique<Shard>());
    Shard& shard = *shards_.back();
    shard.thread = std::thread([&shard] { shard.context->run(); });
    const std::string number = fmt::format("-{}", i);
    const std::string thread_name =
        std::string(name.substr(0, 15 - std::min<std::size_t>(15, number.size()))) + number;
    pthread_setname_np(shard.thread.native_handle(), thread_name.c_str());
  }
}

Shards::~Shards() {
  stop();
}

std::size_t Shards::count() const {
  return shards_.size();
}

asio::io_context& Shards::context(std::size_t index) {
  return *shards_.at(index)->context;
}

std::size_t Shards::current() const {
  const auto self = std::this_thread::get_id();
  const auto found =
      std::ranges::find_if(shards_, [&](const auto& shard) { return shard->thread.get_id() == self; });
  return found == shards_.end() ? npos : static_cast<std::size_t>(found - shards_.begin());
}

void Shards::post(std::size_t index, std::move_only_function<void()> work) {
  asio::post(context(index), std::move(work));
}

void Shards::run(std::size_t index, const std::function<void()>& work) {
  std::packaged_task<void()> task(work);
  auto done = task.get_future();
  asio::post(context(index), [&task] { task(); });
  done.get();
}

void Shards::spawn(std::size_t index, Task<void> task,
                   std::move_only_function<void(std::exception_ptr)> done) {
  auto at_end = [done = std::move(done)](std::exception_ptr error) mutable {
    if (done) return done(error);
    if (error) std::terminate();
  };
  asio::co_spawn(context(index), std::move(task), std::move(at_end));
}

void Shards::stop() {
  for (const auto& shard : shards_) {
    if (!shard->thread.joinable()) continue;
    shard->guard.reset();
    shard->context->stop();
  }
  for (const auto& shard : shards_) {
    if (shard->thread.joinable()) shard->thread.join();
  }
  // Handlers left in one loop may refer to another: all have stopped before the first is freed.
  for (const auto& shard : shards_) shard->context.reset();
}

}  // namespace sluice
