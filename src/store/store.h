// What Sluice keeps: the inbox of events, and guests' key-value spaces. One interface; implementations differ
// in what survives.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/event.h"

namespace sluice::store {

// What an event is for.
struct Address {
  std::string app;
  std::string function;
};

enum class Accepted : std::uint8_t {
  queued,
  duplicate,  // an event with this delivery id is known: nothing was stored
};

// An event taken out of the inbox, until `acknowledge`, `retry`, `give_back` or `bury`.
struct Lease {
  std::uint64_t id = 0;
  Address to;
  Event event;
  std::uint32_t attempt = 1;  // counts from 1
  std::string why;            // the last attempt failed; empty on the first
};

// An event that is delivered no more, kept for a person to look at.
struct DeadLetter {
  Address to;
  Event event;
  std::uint32_t attempts = 0;
  std::string why;
  std::chrono::system_clock::time_point when;
};

struct InboxCounts {
  std::size_t ready = 0;
  std::size_t delayed = 0;
  std::size_t leased = 0;
  std::size_t dead = 0;
};

struct KvLimits {
  std::uint64_t key_bytes = 0;
  std::uint64_t value_bytes = 0;
  std::uint64_t entries = 0;
};

// All methods may be called from any thread. Times come from the clock that the implementation was given.
class Store {
 public:
  virtual ~Store() = default;

  // Puts an event into the inbox. A second one with the same app and `delivery` is a duplicate, for as long
  // as deliveries are remembered; an empty `delivery` is none, and never a duplicate. `limit`: the inbox is
  // full, and nothing was stored.
  virtual Result<Accepted> put(Address to, std::string_view delivery, Event event) = 0;
  // Takes the oldest event that is due; nothing if there is none.
  virtual std::optional<Lease> lease() = 0;
  // When the next delayed event is due, if there is one.
  virtual std::optional<std::chrono::steady_clock::time_point> next_due() = 0;
  // The event is handled. This and the next three do nothing for a lease that is over.
  virtual void acknowledge(std::uint64_t lease) = 0;
  // Back into the inbox, due after `delay`. `why` stays with it.
  virtual void retry(std::uint64_t lease, std::chrono::milliseconds delay, std::string why) = 0;
  // To the dead letters. The oldest make room for new ones.
  virtual void bury(std::uint64_t lease, std::string why) = 0;
  // Back into the inbox as if it had not been leased, due after `delay`.
  virtual void give_back(std::uint64_t lease, std::chrono::milliseconds delay) = 0;
  virtual std::vector<DeadLetter> dead_letters() = 0;
  virtual InboxCounts counts() = 0;

  virtual std::optional<std::string> get(std::string_view space, std::string_view key) = 0;
  // `limit` names the limit that the entry would pass; nothing was stored.
  virtual Status set(std::string_view space, std::string_view key, std::string value,
                     const KvLimits& limits) = 0;
  virtual void remove(std::string_view space, std::string_view key) = 0;
};

}  // namespace sluice::store
