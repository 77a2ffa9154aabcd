// Takes turns: for each key (an origin) at most so many at once, the others in the order they came.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/task.h"

namespace sluice::net {

// On one thread. Made with make_shared: a turn keeps it alive.
class Turns : public std::enable_shared_from_this<Turns> {
 public:
  explicit Turns(std::size_t at_once) : at_once_(at_once) {}

  // A place among those at once, given back when it is destroyed.
  class Turn {
   public:
    Turn() = default;
    Turn(std::shared_ptr<Turns> turns, std::string key) : turns_(std::move(turns)), key_(std::move(key)) {}
    Turn(Turn&&) noexcept = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_) turns_->leave(key_);
    }

   private:
    std::shared_ptr<Turns> turns_;
    std::string key_;
  };

  enum class Outcome : std::uint8_t { granted, timeout, cancelled };
  struct Entry {
    Outcome outcome = Outcome::cancelled;
    Turn turn = {};  // if granted
  };

  // Waits for a turn until the deadline; `cancelled` after close() and when the coroutine is cancelled.
  [[nodiscard]] Task<Entry> enter(std::string key, std::chrono::steady_clock::time_point deadline);

  // Nobody gets a turn any more; those who wait are told.
  void close();

  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Waiter {
    asio::steady_timer told;
    Outcome outcome = Outcome::timeout;
  };
  struct Line {
    std::size_t active = 0;
    std::deque<Waiter*> waiters;
  };
  class Place;

  void leave(const std::string& key);

  std::size_t at_once_;
  enum class State : std::uint8_t { open, closed } state_ = State::open;
  std::unordered_map<std::string, Line> lines_;
};

}  // namespace sluice::net
