#include "store/memory.h"

#include <utility>

namespace sluice::store {

MemoryStore::MemoryStore(const Clock& clock, MemoryLimits limits) : clock_(clock), limits_(limits) {}

void MemoryStore::forget_old(TimePoint now) {
  while (!deliveries_by_age_.empty() && (deliveries_by_age_.size() > limits_.deliveries_max ||
                                         now - deliveries_by_age_.front().first > limits_.delivery_age_max)) {
    deliveries_.erase(deliveries_by_age_.front().second);
    deliveries_by_age_.pop_front();
  }
}

Result<Accepted> MemoryStore::put(Address to, std::string_view delivery, Event event) {
  // The zero byte is in neither part.
  std::string key = to.app + std::string(1, '\0') + std::string(delivery);
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.monotonic();
  forget_old(now);
  if (!delivery.empty() && deliveries_.contains(key)) return Accepted::duplicate;
  if (events_ >= limits_.events_max || event_bytes_ + event.data.size() > limits_.event_bytes_max) {
    return fail(ErrorCode::limit, "take the event " + event.id,
                "the inbox is full: " + std::to_string(events_) + " events wait", "send it again later");
  }
  if (!delivery.empty()) {
    deliveries_.insert(key);
    deliveries_by_age_.emplace_back(now, std::move(key));
  }
  ++events_;
  event_bytes_ += event.data.size();
  ready_.push_back(Lease{0, std::move(to), std::move(event), 1, {}});
  return Accepted::queued;
}

std::optional<Lease> MemoryStore::lease() {
  const std::lock_guard lock(mutex_);
  if (!delayed_.empty() && delayed_.begin()->first <= clock_.monotonic()) {
    ready_.push_front(std::move(delayed_.extract(delayed_.begin()).mapped()));
  }
  if (ready_.empty()) return std::nullopt;
  Lease lease = std::move(ready_.front());
  ready_.pop_front();
  lease.id = next_lease_++;
  leased_.emplace(lease.id, lease);
  return lease;
}

std::optional<std::chrono::steady_clock::time_point> MemoryStore::next_due() {
  const std::lock_guard lock(mutex_);
  if (delayed_.empty()) return std::nullopt;
  return delayed_.begin()->first;
}

void MemoryStore::release(const Lease& lease) {
  --events_;
  event_bytes_ -= lease.event.data.size();
}

void MemoryStore::acknowledge(std::uint64_t lease) {
  const std::lock_guard lock(mutex_);
  if (const auto found = leased_.extract(lease)) release(found.mapped());
}

void MemoryStore::retry(std::uint64_t lease, std::chrono::milliseconds delay, std::string why) {
  const std::lock_guard lock(mutex_);
  auto found = leased_.extract(lease);
  if (!found) return;
  ++found.mapped().attempt;
  found.mapped().why = std::move(why);
  delayed_.emplace(clock_.monotonic() + delay, std::move(found.mapped()));
}

void MemoryStore::give_back(std::uint64_t lease, std::chrono::milliseconds delay) {
  const std::lock_guard lock(mutex_);
  auto found = leased_.extract(lease);
  if (!found) return;
  if (delay.count() == 0) {
    ready_.push_front(std::move(found.mapped()));
  } else {
    delayed_.emplace(clock_.monotonic() + delay, std::move(found.mapped()));
  }
}

void MemoryStore::bury(std::uint64_t lease, std::string why) {
  const std::lock_guard lock(mutex_);
  auto found = leased_.extract(lease);
  if (!found) return;
  release(found.mapped());
  Lease& dead = found.mapped();
  dead_.push_back({std::move(dead.to), std::move(dead.event), dead.attempt, std::move(why), clock_.now()});
  if (dead_.size() > limits_.dead_letters_max) dead_.pop_front();
}

std::vector<DeadLetter> MemoryStore::dead_letters() {
  const std::lock_guard lock(mutex_);
  return {dead_.begin(), dead_.end()};
}

InboxCounts MemoryStore::counts() {
  const std::lock_guard lock(mutex_);
  return {ready_.size(), delayed_.size(), leased_.size(), dead_.size()};
}

std::optional<std::string> MemoryStore::get(std::string_view space, std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto entries = spaces_.find(space);
  if (entries == spaces_.end()) return std::nullopt;
  const auto found = entries->second.find(key);
  if (found == entries->second.end()) return std::nullopt;
  return found->second;
}

Status MemoryStore::set(std::string_view space, std::string_view key, std::string value,
                        const KvLimits& limits) {
  const auto over = [](std::string_view name, std::uint64_t most) {
    return fail(ErrorCode::limit, "store a value",
                "it passes the limit " + std::string(name) + " = " + std::to_string(most));
  };
  if (key.size() > limits.key_bytes) return over("kv-key-bytes", limits.key_bytes);
  if (value.size() > limits.value_bytes) return over("kv-value-bytes", limits.value_bytes);
  const std::lock_guard lock(mutex_);
  auto entries = spaces_.find(space);
  if (entries == spaces_.end()) entries = spaces_.emplace(space, Space()).first;
  const auto found = entries->second.find(key);
  if (found != entries->second.end()) {
    found->second = std::move(value);
    return {};
  }
  if (entries->second.size() >= limits.entries) return over("kv-entries", limits.entries);
  entries->second.emplace(key, std::move(value));
  return {};
}

void MemoryStore::remove(std::string_view space, std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto entries = spaces_.find(space);
  if (entries == spaces_.end()) return;
  if (const auto found = entries->second.find(key); found != entries->second.end())
    entries->second.erase(found);
}

}  // namespace sluice::store
