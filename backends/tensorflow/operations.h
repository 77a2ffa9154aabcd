// Which operations a graph may have that comes from a guest, as bytes. TensorFlow has some that read and
// write files, call other machines, or end the process.
#pragma once

#include <string_view>

#include "common/result.h"

namespace sluice::tensorflow {

// CORRUPT: no GraphDef. INVALID: it has an operation that it may not.
backends::Result<void> check_operations(std::string_view graph_def);

}  // namespace sluice::tensorflow
