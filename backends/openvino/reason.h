// What OpenVINO threw, as a reason for people.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "common/attempt.h"

namespace sluice::openvino {

// Without the places in OpenVINO's own sources that its messages begin with. One line.
std::string reason(const std::exception& problem);

template <typename Work>
auto attempt(sluice_nn_status status, const std::string& doing, Work&& work) {
  return backends::attempt(status, doing, std::forward<Work>(work), reason);
}

}  // namespace sluice::openvino
