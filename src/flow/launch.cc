#include "flow/launch.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

namespace sluice::flow {

namespace {

Task<RunReport> run_with(const App& app, const LoadedFunction& function, Event event,
                         std::optional<EventData> data, RunSetup setup) {
  co_return co_await run_function(app, function, std::move(event), data ? &*data : nullptr, std::move(setup));
}

Error why_it_ended(const LoadedFunction& function, const Deadlines::Entry& entry,
                   const std::exception_ptr& thrown) {
  const std::string what = "run " + function.subject.name;
  if (entry.passed()) {
    return {ErrorCode::limit,
            what,
            "it took longer than " + std::to_string(function.subject.limits.time_limit_s) +
                " s (limit time-limit-s)",
            {}};
  }
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted)
      return {ErrorCode::cancelled, what, "it was stopped", {}};
    return {ErrorCode::internal, what, error.what(), {}};
  } catch (const std::bad_alloc&) {
    return {ErrorCode::limit, what, "the host has no memory left", {}};
  } catch (const std::exception& error) {
    return {ErrorCode::internal, what, error.what(), {}};
  } catch (...) {
    return {ErrorCode::internal, what, "an exception of an unknown kind", {}};
  }
  return {ErrorCode::cancelled, what, "it was stopped", {}};
}

}  // namespace

std::shared_ptr<LaunchedRun> launch(asio::io_context& context, Deadlines& deadlines, const App& app,
                                    const LoadedFunction& function, Event event,
                                    std::optional<EventData> data, RunSetup setup, RunDone done) {
  const auto limit = std::chrono::seconds(function.subject.limits.time_limit_s);
  auto launched = std::make_shared<LaunchedRun>(deadlines, std::chrono::steady_clock::now() + limit);
  auto at_end = [launched, &function, done = std::move(done)](std::exception_ptr thrown,
                                                              RunReport report) mutable {
    const bool cancelled =
        report.outcome.kind == RunOutcome::Kind::failed && report.outcome.error.code == ErrorCode::cancelled;
    if (thrown || cancelled) {
      report.outcome = {RunOutcome::Kind::failed, {}, why_it_ended(function, launched->entry(), thrown)};
    }
    done(std::move(report));
  };
  asio::co_spawn(context, run_with(app, function, std::move(event), std::move(data), std::move(setup)),
                 asio::bind_cancellation_slot(launched->entry().slot(), std::move(at_end)));
  return launched;
}

}  // namespace sluice::flow
