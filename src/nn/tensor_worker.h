// Networks that are parsed and computed in a process of their own, which can reach nothing: for bytes that
// somebody else gave, and for processes that hold secrets.
#pragma once

#include <memory>

#include "base/error.h"
#include "nn/models.h"
#include "nn/tensors.h"

namespace sluice::nn {

// Starts a process for the network: it loads the plug-in, locks itself in (lock_in.h), and only then reads
// the network. Tensors pass through memory that both share. Errors as open_tensors has them; `unavailable`
// also if the process ended, with its last words. It ends with the last session.
[[nodiscard]] Result<std::shared_ptr<TensorNetwork>> open_tensor_worker(const ModelsSettings& settings,
                                                                        const TensorSource& source);

// The body of `sluice nn-tensors`: serves the socket `fd` until it closes. The exit code.
int run_tensor_worker(int fd, const std::filesystem::path& plugin);

}  // namespace sluice::nn
