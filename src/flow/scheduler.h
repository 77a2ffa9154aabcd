// Takes events from the inbox and sees them through: a run for each, retries with growing delays, dead
// letters.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/shards.h"
#include "flow/app.h"
#include "flow/launch.h"
#include "gate/record.h"
#include "store/store.h"

namespace sluice::flow {

// Told of each run's end, on its shard's thread.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void run_ended(const LoadedFunction& function, const RunReport& report, std::size_t shard) = 0;
};

struct SchedulerParts {
  Shards* shards = nullptr;
  const Admissions* admissions = nullptr;
  store::Store* store = nullptr;
  Clock* clock = nullptr;
  Entropy* entropy = nullptr;
  gate::RecordSink* sink = nullptr;  // may be null
  RunObserver* observer = nullptr;   // may be null
};

// An event runs on the shard that it came to, as long as that has room; what does not fit waits in the inbox.
class Scheduler {
 public:
  explicit Scheduler(SchedulerParts parts);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler();

  // Before the first event; the app outlives the scheduler.
  void add(const App& app);

  // Puts the event into the inbox and starts its run as soon as there is room. On the thread of `shard`.
  // `not_found` if there is no such function, `limit` if the inbox is full.
  Result<store::Accepted> submit(store::Address to, std::string_view delivery, Event event,
                                 std::size_t shard);

  // Runs under way.
  [[nodiscard]] std::size_t running() const { return running_; }

  // Starts nothing more, waits for what runs until the limit, then ends the rest; gives how many were ended.
  // What was ended or waits stays in the inbox. Not from a shard's thread.
  std::size_t stop(std::chrono::milliseconds limit);

 private:
  struct Active;
  struct PerShard;

  void fill(std::size_t shard);
  bool start_next(std::size_t shard);
  void start(std::size_t shard, Admission::Slot slot, store::Lease lease, const App& app,
             const LoadedFunction& function);
  void finish(Active& active, const RunReport& report);
  void settle(const Active& active, const RunReport& report);
  void again_or_bury(const Active& active, const std::string& why);
  void watch_delayed(std::size_t shard);
  // Whether no other run is about this; an empty text is about nothing. `end_turn` lets the next one in.
  [[nodiscard]] bool take_turn(const std::string& about);
  void end_turn(const std::string& about);
  [[nodiscard]] std::pair<const App*, const LoadedFunction*> find(const store::Address& to) const;

  SchedulerParts parts_;
  std::map<std::string, const App*, std::less<>> apps_;
  std::map<const LoadedFunction*, std::atomic<std::uint32_t>> running_by_function_;
  std::vector<std::unique_ptr<PerShard>> per_shard_;
  std::mutex turns_mutex_;
  std::set<std::string> turns_;  // what runs are about, where a function takes one at a time
  std::atomic<std::size_t> running_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace sluice::flow
