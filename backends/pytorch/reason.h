// What PyTorch threw, as a reason for people.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "common/attempt.h"

namespace sluice::pytorch {

// One line, without the calls that led there and the lines of the model's own source.
std::string reason(const std::exception& problem);

template <typename Work>
auto attempt(sluice_nn_status status, const std::string& doing, Work&& work) {
  return backends::attempt(status, doing, std::forward<Work>(work), reason);
}

}  // namespace sluice::pytorch
