// What is in a TorchScript file, before PyTorch reads it: it runs the source text in there, some of it while
// it loads the file, and has functions that read and write files.
#pragma once

#include <string_view>

#include "common/result.h"

namespace sluice::pytorch {

// Whether what is in the file is what was put there. CORRUPT: it isn't. Throws what PyTorch throws.
backends::Result<void> check_whole(std::string_view file);

// INVALID: one of its sources names something that a network given as bytes may not use. Throws what PyTorch
// throws.
backends::Result<void> check_sources(std::string_view file);

}  // namespace sluice::pytorch
