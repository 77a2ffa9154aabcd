// One run: one handling of one event by one function.
#pragma once

#include <chrono>
#include <string>

#include "base/task.h"
#include "flow/app.h"
#include "flow/event.h"
#include "flow/handler.h"
#include "gate/record.h"

namespace sluice::flow {

// What a run takes from its surroundings.
struct RunSetup {
  std::string id;
  std::size_t shard = 0;
  gate::RecordSink* sink = nullptr;  // may be null
  Clock* clock = nullptr;
  Entropy* entropy = nullptr;
};

struct RunReport {
  RunOutcome outcome;
  wasm::Usage usage;
  std::chrono::nanoseconds took{0};
};

// Runs on the calling shard, in a slot that the caller holds. Texts of the outcome are redacted. `data` is
// the parsed form of the event's data, for bindings; links that bind nothing need none (null). The wall-time
// limit is the caller's: cancelling the coroutine ends the run.
[[nodiscard]] Task<RunReport> run_function(const App& app, const LoadedFunction& function, Event event,
                                           const EventData* data, RunSetup setup);

}  // namespace sluice::flow
