#include "host/log.h"

#include <array>

#include "base/log.h"
#include "gate/redact.h"
#include "host/types.h"

namespace sluice::host {

namespace {

InterfaceType logging_type() {
  Type level = Type::enumeration({"trace", "debug", "info", "warn", "error", "critical"});
  return {"wasi:logging/logging@0.1.0-draft",
          {function("log", {{"level", std::move(level)}, {"context", text()}, {"message", text()}})}};
}

constexpr std::array levels{LogLevel::debug, LogLevel::debug, LogLevel::info,
                            LogLevel::warn,  LogLevel::error, LogLevel::error};

}  // namespace

LogCapability::LogCapability() : Capability("log", logging_type()) {}

Task<Result<std::optional<Value>>> LogCapability::call(gate::Frame& caller,
                                                       const gate::BoundValues& /*bound*/,
                                                       std::size_t /*index*/, std::vector<Value> arguments) {
  gate::RunState& run = caller.run;
  const std::string& context = arguments[1].as_string();
  const std::string& message = arguments[2].as_string();
  const std::size_t most = caller.subject.limits.log_bytes;
  const std::size_t before = run.log_bytes;
  if (before <= most) {
    run.log_bytes += context.size() + message.size();
    const LogLevel level = levels[arguments[0].as_case().index];
    if (run.log_bytes > most) {
      log(LogLevel::warn, "the run logged more than its limit log-bytes; the rest is dropped",
          {{"run", run.id}, {"component", caller.subject.name}});
    } else {
      log(level, run.redactor->cut(message),
          {{"run", run.id}, {"component", caller.subject.name}, {"context", run.redactor->cut(context)}});
    }
  }
  co_return std::optional<Value>();
}

}  // namespace sluice::host
