#include "net/turns.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice::net {

// A waiter's place in its line, left however the waiting ends: a coroutine may be destroyed while it waits.
class Turns::Place {
 public:
  Place(std::shared_ptr<Turns> turns, const std::string& key, Waiter& waiter)
      : turns_(std::move(turns)), key_(key), waiter_(waiter) {
    turns_->lines_[key_].waiters.push_back(&waiter_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    if (waiter_.outcome == Outcome::granted && !taken_) turns_->leave(key_);
    const auto line = turns_->lines_.find(key_);
    if (line != turns_->lines_.end()) std::erase(line->second.waiters, &waiter_);
  }

  Turn take() {
    taken_ = true;
    return {turns_, key_};
  }

 private:
  std::shared_ptr<Turns> turns_;
  const std::string& key_;
  Waiter& waiter_;
  bool taken_ = false;
};

Task<Turns::Entry> Turns::enter(std::string key, std::chrono::steady_clock::time_point deadline) {
  const auto self = shared_from_this();
  if (state_ == State::closed) {
    Entry entry;
    co_return entry;
  }
  Line& line = lines_[key];
  if (line.active < at_once_) {
    ++line.active;
    Entry entry{Outcome::granted, Turn(self, key)};
    co_return entry;
  }
  Waiter waiter{asio::steady_timer(co_await asio::this_coro::executor, deadline)};
  Place place(self, key, waiter);
  const auto [ec] = co_await waiter.told.async_wait(asio::as_tuple(asio::use_awaitable));
  if (waiter.outcome == Outcome::granted) {
    Entry entry{Outcome::granted, place.take()};
    co_return entry;
  }
  // Woken without having been told: at the deadline without an error, by cancellation with one.
  Entry entry{ec ? Outcome::cancelled : Outcome::timeout};
  co_return entry;
}

void Turns::leave(const std::string& key) {
  const auto found = lines_.find(key);
  if (found == lines_.end()) return;
  Line& line = found->second;
  if (!line.waiters.empty() && state_ == State::open) {  // the place goes on to the next
    Waiter* const next = line.waiters.front();
    line.waiters.pop_front();
    next->outcome = Outcome::granted;
    next->told.cancel();
    return;
  }
  if (--line.active == 0 && line.waiters.empty()) lines_.erase(found);
}

void Turns::close() {
  state_ = State::closed;
  for (auto& [key, line] : lines_) {
    for (Waiter* waiter : line.waiters) waiter->told.cancel();
  }
}

std::size_t Turns::waiting() const {
  std::size_t count = 0;
  for (const auto& [key, line] : lines_) count += line.waiters.size();
  return count;
}

}  // namespace sluice::net
