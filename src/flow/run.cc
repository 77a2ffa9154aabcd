#include "flow/run.h"

#include <utility>

#include "gate/binding.h"

namespace sluice::flow {

namespace {

void bind_links(const LoadedFunction& function, const EventData* data, gate::RunState& run) {
  const gate::Lookup lookup = [data](std::string_view pointer) -> std::optional<gate::Scalar> {
    if (data == nullptr) return std::nullopt;
    return data->at(pointer);
  };
  for (const gate::Link& link : function.links) {
    if (!link.policy().bind.empty()) run.bound.emplace(&link, gate::bind_values(link.policy(), lookup));
  }
}

void redact(const gate::Redactor& redactor, RunOutcome& outcome) {
  outcome.text = redactor.cut(std::move(outcome.text));
  outcome.error.what = redactor.cut(std::move(outcome.error.what));
  outcome.error.why = redactor.cut(std::move(outcome.error.why));
}

}  // namespace

Task<RunReport> run_function(const App& app, const LoadedFunction& function, Event event,
                             const EventData* data, RunSetup setup) {
  gate::RunState run;
  run.id = std::move(setup.id);
  run.function = &function.subject;
  run.shard = setup.shard;
  run.redactor = &app.redactor();
  run.sink = setup.sink;
  run.clock = setup.clock;
  run.entropy = setup.entropy;
  bind_links(function, data, run);

  static const gate::BoundValues nothing;
  gate::Frame frame{run, function.subject, nothing, 0};
  LinkHandler imports(function.links, frame);
  RunReport report;
  std::vector<Value> arguments;
  arguments.push_back(to_value(std::move(event)));
  const auto start = std::chrono::steady_clock::now();
  auto result = co_await function.component->run(*function.handle, std::move(arguments), imports,
                                                 function.subject.limits, report.usage);
  report.took = std::chrono::steady_clock::now() - start;
  report.outcome = to_outcome(std::move(result));
  redact(app.redactor(), report.outcome);
  co_return report;
}

}  // namespace sluice::flow
