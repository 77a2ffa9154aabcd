// The record of calls: one for each call that reaches the gate, refused ones included.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gate/tokens.h"

namespace sluice::gate {

enum class Outcome : std::uint8_t {
  answered,  // the provider gave a result (which may be the interface's own error)
  refused,   // not granted: nothing was done
  failed,    // the provider could not answer
};

[[nodiscard]] std::string_view name_of(Outcome outcome);

// Texts are already redacted. JSON members of the trace (format 1) stand behind the fields.
struct CallRecord {
  std::string run;                      // "run"
  std::uint64_t call = 0;               // "call": counts from 0 within a run, in the order of beginning
  std::string app;                      // "app"
  std::string caller;                   // "caller", e.g. "function review"
  std::string interface;                // "interface"
  std::string function;                 // "function"
  std::string to;                       // "to", e.g. "integration github", "host log"
  std::string arguments;                // "arguments": canonical JSON, an object by parameter name
  Outcome outcome = Outcome::answered;  // "outcome"
  std::string result;                   // "result": canonical JSON; empty if there is none
  std::string error;                    // "error": why it was refused or failed
  std::optional<TokenUse>
      tokens;  // "tokens": what the result tells of them; absent where it has no place for it
  std::chrono::system_clock::time_point began;  // "began": RFC 3339, UTC
  std::chrono::nanoseconds took{0};             // "ms"
};

// Where records go. `begin` is called before the provider sees the call, `end` once when it is over.
// May be called from several threads at once.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void begin(const CallRecord& record) = 0;
  virtual void end(const CallRecord& record) = 0;
};

// One line of JSON, without the line feed.
[[nodiscard]] std::string to_json_line(const CallRecord& record);

}  // namespace sluice::gate
