// The contract `sluice:events/handler`: what a function must export, and what its answer means.
#pragma once

#include <string>

#include "base/error.h"
#include "base/type.h"
#include "base/value.h"
#include "wasm/component.h"

namespace sluice::flow {

inline constexpr std::string_view handler_interface = "sluice:events/handler";

// The export `handle` of a function's component; `invalid_input` if it is missing or of another type (shows
// both).
[[nodiscard]] Result<wasm::Export> find_handler(const wasm::Component& component);

// How one handling of an event ended.
struct RunOutcome {
  enum class Kind : std::uint8_t {
    done,      // `text` is the result
    retry,     // the function asked for another delivery; `text` says why
    rejected,  // the function refused the event for good; `text` says why
    failed,    // the run broke: `error` says how
  };
  Kind kind = Kind::done;
  std::string text;
  Error error;
};

[[nodiscard]] std::string_view name_of(RunOutcome::Kind kind);

// Reads what `handle` returned.
[[nodiscard]] RunOutcome to_outcome(Result<std::optional<Value>> result);

}  // namespace sluice::flow
