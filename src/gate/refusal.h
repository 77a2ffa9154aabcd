// Telling a guest that its call was not answered, in the words of the interface that it called.
#pragma once

#include <optional>

#include "base/error.h"
#include "base/type.h"
#include "base/value.h"

namespace sluice::gate {

// A result of the function that says `error`, if its type has room for it: `result<_, string>`, or a result
// whose error is a variant with a text case fit for the error's code (`refused`, `forbidden`, `unavailable`,
// `limit`, `invalid` …) or a bare `timeout`. Otherwise nothing: then the run has to end.
[[nodiscard]] std::optional<Value> as_result(const FunctionType& function, const Error& error);

}  // namespace sluice::gate
