// The C functions of a plug-in for networks of tensors. A plug-in has one library, which lives as long as the
// process.
#pragma once

#include <memory>

#include "common/network.h"
#include "sluice/nn_backend.h"

namespace sluice::backends {

// The table of these functions. The texts have to stay valid. Called once.
const sluice_nn_tensors* make_tensors_table(const char* formats, std::unique_ptr<Library> library,
                                            const char* nameless_formats = "");

}  // namespace sluice::backends
