// A look at an ONNX file before a library reads it: whether it is one at all, and which other files it wants
// to be read. Libraries follow such names wherever they lead, some into the memory of the process.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/result.h"

namespace sluice::backends {

enum class Outside : std::uint8_t {
  none,    // the file stands alone: bytes from a guest
  beside,  // weights may lie in files of the same folder or below
};

// CORRUPT: no ONNX file. INVALID: it names files that it may not.
Result<void> check_onnx(std::string_view model, Outside allowed);

}  // namespace sluice::backends
