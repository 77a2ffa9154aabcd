// Who is calling: a run, and the chain of instances in it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/limits.h"
#include "gate/tokens.h"

namespace sluice::gate {

class Link;
class Redactor;
class RecordSink;

// What a component of an app is, for the providers that answer it. Outlives the runs.
struct Subject {
  enum class Kind : std::uint8_t { function, integration };
  Kind kind = Kind::function;
  std::string app;
  std::string name;
  std::map<std::string, std::string, std::less<>> config;
  Limits limits;
};

// A parameter fixed by a link's binding. `text` is the value as it stands in a path; `known` false: the event
// has no such value, and every call over the link is refused.
struct BoundValue {
  std::string parameter;
  std::string text;
  bool is_number = false;
  bool known = false;
  std::string pointers;  // for messages, e.g. "/pull_request/number"
};
using BoundValues = std::vector<BoundValue>;

// What a link has cost in one run.
struct LinkUse {
  std::uint64_t calls = 0;
  std::uint64_t bytes = 0;
  TokenUse tokens = {};
  std::chrono::steady_clock::duration time{0};
};

// One run, shared by all instances in it. Used on one thread: that of `shard`.
struct RunState {
  std::string id;
  const Subject* function = nullptr;
  std::size_t shard = 0;
  std::uint64_t next_call = 0;
  std::size_t log_bytes = 0;
  std::uint64_t record_bytes = 0;
  std::map<const Link*, BoundValues> bound;
  std::map<const Link*, LinkUse> used;
  const Redactor* redactor = nullptr;  // never null while the run lasts
  RecordSink* sink = nullptr;          // may be null: nobody listens
  Clock* clock = nullptr;
  Entropy* entropy = nullptr;
};

// One instance in the chain of calls of a run.
struct Frame {
  RunState& run;
  const Subject& subject;
  // Fixed by the link over which this instance was called; empty for the function itself.
  const BoundValues& bound;
  // 0: the function, 1: an integration that it called, …
  unsigned depth = 0;
};

}  // namespace sluice::gate
