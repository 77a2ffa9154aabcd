// Ends runs that take longer than their time limit.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>

#include "base/task.h"

namespace sluice::flow {

// One for each shard, used on its thread. One timer serves all runs.
class Deadlines {
 public:
  explicit Deadlines(asio::io_context& context) : timer_(context) {}

  // A run's place; leaving it (by destroying it) takes the deadline back.
  class Entry {
   public:
    Entry(Deadlines& deadlines, std::chrono::steady_clock::time_point at);
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry();
    // To be connected to the run's coroutine.
    [[nodiscard]] asio::cancellation_slot slot() { return signal_.slot(); }
    // Ends the run now.
    void cancel() { signal_.emit(asio::cancellation_type::terminal); }
    // Whether the deadline has passed (as against a cancellation for another reason).
    [[nodiscard]] bool passed() const { return passed_; }

   private:
    friend class Deadlines;
    Deadlines& deadlines_;
    std::multimap<std::chrono::steady_clock::time_point, Entry*>::iterator place_;
    asio::cancellation_signal signal_;
    bool passed_ = false;
    bool listed_ = true;
  };

 private:
  void arm();
  void expire();

  asio::steady_timer timer_;
  std::multimap<std::chrono::steady_clock::time_point, Entry*> entries_;
  std::chrono::steady_clock::time_point armed_for_ = std::chrono::steady_clock::time_point::max();
};

}  // namespace sluice::flow
