// One thread a core, each with an event loop of its own; what belongs to a shard is only touched on its
// thread.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.h"

namespace sluice {

class Shards {
 public:
  // Threads are named NAME-0, NAME-1 … (the kernel keeps 15 bytes) and run from now on. `count` is at
  // least 1.
  Shards(std::size_t count, std::string_view name);
  // Stops and joins; see stop.
  ~Shards();
  Shards(const Shards&) = delete;
  Shards& operator=(const Shards&) = delete;

  [[nodiscard]] std::size_t count() const;
  // The loop of shard `index`, until `stop`. Objects that live on it (sockets, timers) are destroyed on its
  // thread, before `stop`, or by the loop itself.
  [[nodiscard]] asio::io_context& context(std::size_t index);
  // The shard whose thread this is, or npos.
  [[nodiscard]] std::size_t current() const;
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  // Runs `work` on the thread of the shard, never inside this call. Any thread may call.
  void post(std::size_t index, std::move_only_function<void()> work);
  // Runs `work` on the thread of the shard and returns when it is done. Not for threads of shards.
  void run(std::size_t index, const std::function<void()>& work);
  // Starts a coroutine on the shard. `done` (may be empty) runs there at its end, with what it threw or null;
  // without `done`, an exception that leaves the coroutine ends the program. A coroutine that `stop` frees
  // has no end.
  void spawn(std::size_t index, Task<void> task, std::move_only_function<void(std::exception_ptr)> done = {});

  // Ends the loops after the handlers that run now, joins the threads and frees what still waits in the loops
  // (coroutines included). Not from a shard's own thread; a second call does nothing.
  void stop();

 private:
  struct Shard;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace sluice
