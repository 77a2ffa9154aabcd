// The store in memory: everything is gone when the process ends.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "base/clock.h"
#include "store/store.h"

namespace sluice::store {

struct MemoryLimits {
  std::size_t events_max = 100'000;        // waiting or leased
  std::size_t event_bytes_max = 1U << 30;  // their data together
  std::size_t deliveries_max = 200'000;    // remembered; the oldest are forgotten first
  std::chrono::hours delivery_age_max{24 * 7};
  std::size_t dead_letters_max = 1'000;
};

class MemoryStore : public Store {
 public:
  // `clock` outlives the store.
  explicit MemoryStore(const Clock& clock, MemoryLimits limits = {});

  Result<Accepted> put(Address to, std::string_view delivery, Event event) override;
  std::optional<Lease> lease() override;
  std::optional<std::chrono::steady_clock::time_point> next_due() override;
  void acknowledge(std::uint64_t lease) override;
  void retry(std::uint64_t lease, std::chrono::milliseconds delay, std::string why) override;
  void bury(std::uint64_t lease, std::string why) override;
  void give_back(std::uint64_t lease, std::chrono::milliseconds delay) override;
  std::vector<DeadLetter> dead_letters() override;
  InboxCounts counts() override;

  std::optional<std::string> get(std::string_view space, std::string_view key) override;
  Status set(std::string_view space, std::string_view key, std::string value,
             const KvLimits& limits) override;
  void remove(std::string_view space, std::string_view key) override;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Space = std::map<std::string, std::string, std::less<>>;

  void forget_old(TimePoint now);
  void release(const Lease& lease);

  const Clock& clock_;
  const MemoryLimits limits_;
  std::mutex mutex_;
  std::uint64_t next_lease_ = 1;
  std::size_t events_ = 0;
  std::size_t event_bytes_ = 0;
  std::deque<Lease> ready_;
  std::multimap<TimePoint, Lease> delayed_;
  // A leased event itself is with its holder, for the price of a copy: what `retry` and `bury` need.
  std::unordered_map<std::uint64_t, Lease> leased_;
  std::unordered_set<std::string> deliveries_;
  std::deque<std::pair<TimePoint, std::string>> deliveries_by_age_;
  std::deque<DeadLetter> dead_;
  std::map<std::string, Space, std::less<>> spaces_;
};

}  // namespace sluice::store
