// Starts runs and sees them to their end, whatever that is.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/task.h"
#include "flow/deadlines.h"
#include "flow/run.h"

namespace sluice::flow {

// A run under way, on one shard's thread. Kept by whoever launched it until `done` was called.
class LaunchedRun {
 public:
  LaunchedRun(Deadlines& deadlines, std::chrono::steady_clock::time_point deadline)
      : entry_(deadlines, deadline) {}
  // Ends the run; `done` is called soon after with a failure that says it was stopped.
  void stop() { entry_.cancel(); }
  [[nodiscard]] Deadlines::Entry& entry() { return entry_; }

 private:
  Deadlines::Entry entry_;
};

using RunDone = std::move_only_function<void(RunReport)>;

// Calls `done` exactly once, on the thread of `context`: also when the time limit passes, the run is stopped,
// or memory runs out. App and function outlive the run; `data` (may be null) is kept until then.
[[nodiscard]] std::shared_ptr<LaunchedRun> launch(asio::io_context& context, Deadlines& deadlines,
                                                  const App& app, const LoadedFunction& function, Event event,
                                                  std::optional<EventData> data, RunSetup setup,
                                                  RunDone done);

}  // namespace sluice::flow
