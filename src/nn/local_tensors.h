// Networks that are computed in this process: for those who hold no secrets and trust the network's file.
#pragma once

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "nn/plugin.h"
#include "nn/tensors.h"

namespace sluice::nn {

// Reads and compiles it with a plug-in of the folder `backends`. not_found (a file, or the plug-in: says how
// it is installed), corrupt (no network of this format), invalid_input, limit (memory), unavailable.
[[nodiscard]] Result<std::shared_ptr<TensorNetwork>> open_tensors(const std::filesystem::path& backends,
                                                                  const TensorSource& source, PluginLog log);

// The same with a plug-in that is loaded already.
[[nodiscard]] Result<std::shared_ptr<TensorNetwork>> open_tensors(const sluice_nn_tensors& plugin,
                                                                  const TensorSource& source);

}  // namespace sluice::nn
