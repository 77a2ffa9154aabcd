// The gate: the one place that every call over a link passes.
#pragma once

#include <optional>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "base/value.h"
#include "gate/frame.h"
#include "gate/link.h"

namespace sluice::gate {

// Answers one call of `caller` over `link` (`function`: index in the link's import). In this order: the
// function is granted; bound parameters have their values; the budget has room; the record begins; the
// provider answers; the record ends. A call that isn't let through is recorded too.
//
// A failure becomes a result of the function where its type has room for it (see refusal.h); an error here
// ends the run.
[[nodiscard]] Task<Result<std::optional<Value>>> pass(Frame& caller, const Link& link, std::size_t function,
                                                      std::vector<Value> arguments);

}  // namespace sluice::gate
