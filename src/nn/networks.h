// The networks of tensors that this process may use by name, each computed in a worker of its own from when
// it is first asked: this process holds apps and secrets, and a library that breaks takes neither with it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "nn/models.h"
#include "nn/tensors.h"

namespace sluice::nn {

// A tensor and its bytes.
struct OwnedTensor {
  sluice_nn_tensor shape{};
  std::string bytes;
};

struct NetworkPorts {
  std::vector<TensorPort> inputs;
  std::vector<TensorPort> outputs;
};

// Shared by all shards; each call is a coroutine on the caller's shard, and is computed on a thread of the
// network's. Calls wait for each other. One that is cancelled is not waited for.
//
// Errors: invalid_input (an input that does not fit), corrupt (the file: no network, another hash), limit
// (the queue is full, memory), not_found (file, or backend: says how it is installed), unavailable (its
// worker ended; the next call starts another).
class Network {
 public:
  virtual ~Network() = default;
  [[nodiscard]] virtual const std::string& name() const = 0;
  // Loads it if it isn't; so does the other.
  virtual Task<Result<NetworkPorts>> ports() = 0;
  // Inputs in the order of the ports; all outputs.
  virtual Task<Result<std::vector<OwnedTensor>>> compute(std::vector<OwnedTensor> inputs) = 0;
};

class Networks {
 public:
  explicit Networks(ModelsSettings settings);
  // Ends the workers, after what they compute just now.
  ~Networks();
  Networks(const Networks&) = delete;
  Networks& operator=(const Networks&) = delete;

  // The one network for this file: a second call with the same gives the same. Loads nothing. Any thread.
  // invalid_input: its backend computes no tensors.
  [[nodiscard]] Result<std::shared_ptr<Network>> open(const ModelSpec& spec);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::nn
