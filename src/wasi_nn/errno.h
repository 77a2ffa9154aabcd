// What a call of WASI-NN returns: the numbers of WasmEdge's, which the first nine share with the proposal.
#pragma once

#include <cstdint>

#include "base/error.h"

namespace sluice::wasi_nn {

enum class Errno : std::uint8_t {
  success = 0,
  invalid_argument = 1,
  invalid_encoding = 2,
  missing_memory = 3,
  busy = 4,
  runtime_error = 5,
  unsupported_operation = 6,
  too_large = 7,
  not_found = 8,
  end_of_sequence = 100,
  context_full = 101,
  prompt_too_long = 102,
  model_not_found = 103,
};

// The number that says most of what an error of the layers below says.
[[nodiscard]] constexpr Errno errno_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_input:
    case ErrorCode::corrupt:
      return Errno::invalid_argument;
    case ErrorCode::not_found:
    case ErrorCode::refused:
      return Errno::not_found;
    case ErrorCode::limit:
      return Errno::too_large;
    default:
      return Errno::runtime_error;
  }
}

}  // namespace sluice::wasi_nn
