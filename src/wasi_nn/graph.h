// A network as a guest sees it, and one computation in it. One implementation for language models, one for
// networks of tensors.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "wasi_nn/errno.h"
#include "wasi_nn/messages.h"

namespace sluice::wasi_nn {

// A tensor in the guest's memory; checked to lie inside of it.
struct GuestTensor {
  std::span<const std::uint32_t> dims;
  std::uint8_t type = 0;  // in one of WASI-NN's two numberings
  std::span<const std::uint8_t> data;
};

// Belongs to one guest and its thread. Calls in the wrong order give an Errno and change nothing.
class Execution {
 public:
  virtual ~Execution() = default;
  virtual Errno set_input(std::uint32_t index, const GuestTensor& tensor) = 0;
  virtual Errno compute() = 0;
  // One token. end_of_sequence: there is no further one.
  virtual Errno compute_single() = 0;
  // Ends what compute_single began.
  virtual Errno fini_single() = 0;
  // The bytes stay until the next call of this object.
  virtual Errno output(std::uint32_t index, std::span<const std::uint8_t>& bytes) = 0;
  virtual Errno output_single(std::uint32_t index, std::span<const std::uint8_t>& bytes) = 0;
};

// Belongs to one guest; what it stands for may be shared with others.
class Graph {
 public:
  virtual ~Graph() = default;
  // Options as JSON, for executions that are started from now on.
  virtual Errno configure(std::string_view json) = 0;
  // Loads what isn't loaded yet, with these options: what is wrong with a model is told when it is loaded.
  virtual Errno load() = 0;
  virtual Errno start(const Print& print, std::unique_ptr<Execution>& execution) = 0;
};

}  // namespace sluice::wasi_nn
