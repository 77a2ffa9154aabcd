// What OpenVINO threw, as a reason for people.
#pragma once

#include <exception>
#include <string>

#include "common/result.h"

namespace sluice::openvino {

// Without the places in OpenVINO's own sources that its messages begin with. One line.
std::string reason(const std::exception& problem);

// Runs `work`; where it throws, the status with "`doing`: why". Memory that ran out is thrown on.
template <typename Work>
auto attempt(sluice_nn_status status, const std::string& doing, Work&& work)
    -> backend::Result<decltype(work())> {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& problem) {
    return backend::failed(status, doing + ": " + reason(problem));
  }
}

}  // namespace sluice::openvino
