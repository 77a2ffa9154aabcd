// Where a library that throws is called.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "common/result.h"

namespace sluice::backends {

// Runs `work` and gives what it returns; where it throws, `status` and "`doing`: `reason`". Memory that ran
// out is thrown on.
template <typename Work, typename Reason>
auto attempt(sluice_nn_status status, const std::string& doing, Work&& work, Reason&& reason)
    -> Result<decltype(work())> {
  try {
    return std::forward<Work>(work)();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& problem) {
    return failed(status, doing + ": " + reason(problem));
  }
}

}  // namespace sluice::backends
