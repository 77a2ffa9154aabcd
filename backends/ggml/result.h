// Failures as values, as all plug-ins have them.
#pragma once

#include "common/result.h"

namespace sluice::ggml {

using backend::Failed;
using backend::Result;

using backend::failed;
using backend::guarded;
using backend::mebibytes;
using backend::shielded;
using backend::view;

}  // namespace sluice::ggml
