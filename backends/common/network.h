// What a plug-in for networks of tensors has to write: a library that opens graphs, which open sessions. The
// table of C functions in front of them (table.h) checks indexes, shapes and the order of calls, and catches
// what is thrown: none of them need to.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "sluice/nn_backend.h"

namespace sluice::backends {

// An input or an output.
struct Port {
  std::string name;
  sluice_nn_tensor shape{};  // without data; see sluice_nn_tensor on what is open
};

struct Ports {
  std::vector<Port> inputs;
  std::vector<Port> outputs;
};

// Used by one thread at a time.
class Session {
 public:
  virtual ~Session() = default;
  // The tensor has been compared with the input's port.
  virtual Result<void> set(std::uint32_t index, const sluice_nn_tensor& tensor) = 0;
  // All inputs were set.
  virtual Result<void> compute() = 0;
  // Something was computed. The data lies in the library's own tensor.
  virtual Result<sluice_nn_tensor> output(std::uint32_t index) = 0;
};

// Compiled; used by many threads at once.
class Graph {
 public:
  virtual ~Graph() = default;
  [[nodiscard]] virtual const Ports& ports() const = 0;
  virtual Result<std::unique_ptr<Session>> open_session() = 0;
};

class Library {
 public:
  virtual ~Library() = default;
  virtual Result<void> warm_up(std::string_view format) = 0;
  // `options.format` is one of the table's, and there is at least one part.
  virtual Result<std::unique_ptr<Graph>> open_graph(std::span<const sluice_nn_part> parts,
                                                    const sluice_nn_graph_options& options) = 0;
};

}  // namespace sluice::backends
