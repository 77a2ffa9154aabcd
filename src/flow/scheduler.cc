#include "flow/scheduler.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/ids.h"
#include "base/log.h"

namespace sluice::flow {

using namespace std::chrono_literals;

namespace {

// After the n-th failed attempt: 1 s, 4 s, 16 s, 64 s, then 5 minutes.
std::chrono::milliseconds delay_after(std::uint32_t attempt) {
  std::chrono::milliseconds delay = 1s;
  for (std::uint32_t i = 1; i < attempt && delay < 5min; ++i) delay *= 4;
  return std::min<std::chrono::milliseconds>(delay, 5min);
}

constexpr std::size_t logged_bytes_max = 500;  // of what a function answered

// A failure that another attempt may not meet.
bool is_passing(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::timeout;
}

bool binds_anything(const LoadedFunction& function) {
  return std::ranges::any_of(function.links,
                             [](const gate::Link& link) { return !link.policy().bind.empty(); });
}

// What the event is about, if its function takes one such event at a time; else empty. The parts hold no zero
// byte.
std::string turn_of(const store::Lease& lease, const LoadedFunction& function) {
  if (function.one_at_a_time != OneAtATime::subject || !lease.event.subject) return {};
  std::string about;
  for (const std::string* part :
       {&lease.to.app, &lease.to.function, &lease.event.source, &*lease.event.subject}) {
    about += *part + std::string(1, '\0');
  }
  return about;
}

}  // namespace

// One run, from its lease to its settlement.
struct Scheduler::Active {
  std::size_t shard = 0;
  std::string run;
  std::string turn;
  store::Lease lease;
  Admission::Slot slot;
  const LoadedFunction* function = nullptr;
  std::shared_ptr<LaunchedRun> launched;
};

struct Scheduler::PerShard {
  explicit PerShard(asio::io_context& context) : deadlines(context), wake(context) {}
  Deadlines deadlines;
  asio::steady_timer wake;
  std::list<Active> active;
};

Scheduler::Scheduler(SchedulerParts parts) : parts_(parts) {
  for (std::size_t i = 0; i < parts_.shards->count(); ++i) {
    parts_.shards->run(i,
                       [&] { per_shard_.push_back(std::make_unique<PerShard>(parts_.shards->context(i))); });
  }
}

Scheduler::~Scheduler() {
  stop(0ms);
  for (std::size_t i = 0; i < per_shard_.size(); ++i) {
    parts_.shards->run(i, [&] { per_shard_[i].reset(); });
  }
}

void Scheduler::add(const App& app) {
  apps_.emplace(app.name(), &app);
  for (const auto& [name, function] : app.functions()) running_by_function_[function.get()] = 0;
}

std::pair<const App*, const LoadedFunction*> Scheduler::find(const store::Address& to) const {
  const auto app = apps_.find(to.app);
  if (app == apps_.end()) return {};
  return {app->second, app->second->find_function(to.function)};
}

Result<store::Accepted> Scheduler::submit(store::Address to, std::string_view delivery, Event event,
                                          std::size_t shard) {
  if (find(to).second == nullptr) {
    return fail(ErrorCode::not_found, "take an event",
                "there is no function " + to.function + " in " + to.app);
  }
  auto accepted = parts_.store->put(std::move(to), delivery, std::move(event));
  // Not here and now: whoever submits is to answer first.
  if (accepted == store::Accepted::queued) parts_.shards->post(shard, [this, shard] { fill(shard); });
  return accepted;
}

void Scheduler::fill(std::size_t shard) {
  while (!stopping_ && start_next(shard)) {
  }
  watch_delayed(shard);
}

bool Scheduler::start_next(std::size_t shard) {
  auto slot = (*parts_.admissions)[shard]->try_take(0);
  if (!slot) return false;
  auto lease = parts_.store->lease();
  if (!lease) return false;
  const auto [app, function] = find(lease->to);
  if (function == nullptr) {
    parts_.store->bury(lease->id, "there is no such function any more");
    return true;
  }
  auto& running = running_by_function_.at(function);
  if (function->concurrency_max != 0 && running >= function->concurrency_max) {
    parts_.store->give_back(lease->id, 20ms);
    return true;
  }
  if (!take_turn(turn_of(*lease, *function))) {
    parts_.store->give_back(lease->id, 20ms);
    return true;
  }
  ++running;
  start(shard, std::move(slot), std::move(*lease), *app, *function);
  return true;
}

void Scheduler::start(std::size_t shard, Admission::Slot slot, store::Lease lease, const App& app,
                      const LoadedFunction& function) {
  PerShard& here = *per_shard_[shard];
  std::string turn = turn_of(lease, function);
  here.active.push_front({shard, new_id(*parts_.clock, *parts_.entropy), std::move(turn), std::move(lease),
                          std::move(slot), &function, nullptr});
  const auto place = here.active.begin();
  ++running_;
  Event event = std::move(place->lease.event);
  place->lease.event.id = event.id;  // for the log
  std::optional<EventData> data;
  if (binds_anything(function)) {
    if (auto parsed = EventData::parse(event.data)) data = std::move(*parsed);
  }
  RunSetup setup{place->run, shard, parts_.sink, parts_.clock, parts_.entropy};
  place->launched = launch(parts_.shards->context(shard), here.deadlines, app, function, std::move(event),
                           std::move(data), std::move(setup), [this, place](RunReport report) {
                             const std::size_t its_shard = place->shard;
                             finish(*place, report);
                             per_shard_[its_shard]->active.erase(place);
                             --running_;
                             fill(its_shard);
                           });
}

void Scheduler::finish(Active& active, const RunReport& report) {
  --running_by_function_.at(active.function);
  settle(active, report);
  end_turn(active.turn);
  const bool well = report.outcome.kind == RunOutcome::Kind::done;
  const std::string text =
      report.outcome.text.empty() && !well ? report.outcome.error.to_string() : report.outcome.text;
  log(well ? LogLevel::info : LogLevel::warn, "run ended",
      {{"run", active.run},
       {"app", active.function->subject.app},
       {"function", active.function->subject.name},
       {"event", active.lease.event.id},
       {"outcome", name_of(report.outcome.kind)},
       {"ms", std::chrono::duration<double, std::milli>(report.took).count()},
       {"attempt", active.lease.attempt},
       {well ? "answer" : "why", text.size() <= logged_bytes_max ? text : text.substr(0, logged_bytes_max)}});
  if (parts_.observer != nullptr) parts_.observer->run_ended(*active.function, report, active.shard);
}

bool Scheduler::take_turn(const std::string& about) {
  if (about.empty()) return true;
  const std::lock_guard lock(turns_mutex_);
  return turns_.insert(about).second;
}

void Scheduler::end_turn(const std::string& about) {
  if (about.empty()) return;
  const std::lock_guard lock(turns_mutex_);
  turns_.erase(about);
}

void Scheduler::settle(const Active& active, const RunReport& report) {
  store::Store& store = *parts_.store;
  switch (report.outcome.kind) {
    case RunOutcome::Kind::done:
      return store.acknowledge(active.lease.id);
    case RunOutcome::Kind::retry:
      return again_or_bury(active, report.outcome.text);
    case RunOutcome::Kind::rejected:
      return store.bury(active.lease.id, report.outcome.text);
    case RunOutcome::Kind::failed:
      break;
  }
  const Error& error = report.outcome.error;
  if (error.code == ErrorCode::cancelled) return store.give_back(active.lease.id, 0ms);
  if (is_passing(error.code)) return again_or_bury(active, error.to_string());
  store.bury(active.lease.id, error.to_string());
}

void Scheduler::again_or_bury(const Active& active, const std::string& why) {
  if (active.lease.attempt >= active.function->attempts) return parts_.store->bury(active.lease.id, why);
  parts_.store->retry(active.lease.id, delay_after(active.lease.attempt), why);
}

void Scheduler::watch_delayed(std::size_t shard) {
  if (stopping_) return;
  const auto due = parts_.store->next_due();
  if (!due) return;
  asio::steady_timer& wake = per_shard_[shard]->wake;
  if (wake.expiry() > std::chrono::steady_clock::now() && wake.expiry() <= *due) return;
  wake.expires_after(std::max<std::chrono::steady_clock::duration>(*due - parts_.clock->monotonic(), 1ms));
  wake.async_wait([this, shard](boost::system::error_code error) {
    if (!error) fill(shard);
  });
}

std::size_t Scheduler::stop(std::chrono::milliseconds limit) {
  if (stopping_.exchange(true)) return 0;
  const auto until = std::chrono::steady_clock::now() + limit;
  while (running_ > 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
  const std::size_t ended = running_;
  for (std::size_t i = 0; i < per_shard_.size(); ++i) {
    parts_.shards->run(i, [&] {
      per_shard_[i]->wake.cancel();
      for (Active& active : per_shard_[i]->active) active.launched->stop();
    });
  }
  while (running_ > 0) std::this_thread::sleep_for(1ms);
  return ended;
}

}  // namespace sluice::flow
