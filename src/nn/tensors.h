// Networks of tensors: what they take and give, and computing them. Where they are computed, in this process
// or in one of their own, is the maker's choice (local_tensors.h, tensor_worker.h).
#pragma once

#include <sluice/nn_backend.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace sluice::nn {

// An input or output: the shape that it has, in which a dimension may be open (-1), or the rank, or the type.
struct TensorPort {
  std::string name;
  sluice_nn_tensor shape{};
};

// One computation. Belongs to one thread at a time.
class TensorSession {
 public:
  virtual ~TensorSession() = default;
  // Copies the tensor, which has been compared with the port's shape. invalid_input.
  virtual Status set(std::uint32_t index, const sluice_nn_tensor& tensor) = 0;
  // invalid_input: an input was never set. Inputs stay set. unavailable: its process ended.
  virtual Status compute() = 0;
  // What was computed last; its data stays until the next call. invalid_input: nothing was computed, or there
  // is no such output.
  virtual Result<sluice_nn_tensor> output(std::uint32_t index) = 0;
};

// A network, compiled once. Any thread may start sessions; the network outlives them.
class TensorNetwork {
 public:
  virtual ~TensorNetwork() = default;
  [[nodiscard]] virtual const std::vector<TensorPort>& inputs() const = 0;
  [[nodiscard]] virtual const std::vector<TensorPort>& outputs() const = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<TensorSession>> start() = 0;
};

// Bytes of one element; 0: a type that has no number in WASI-NN.
[[nodiscard]] std::uint64_t bytes_of_type(std::uint32_t type);
[[nodiscard]] std::string_view name_of_type(std::uint32_t type);
// Elements of a tensor; nothing if a dimension is negative or they are more than fit.
[[nodiscard]] std::optional<std::uint64_t> elements_of(const sluice_nn_tensor& tensor);

// Whether `tensor` may be set there: its type, its dimensions, as many bytes as they have. invalid_input says
// which it was, with the numbers.
[[nodiscard]] Status check_tensor(const TensorPort& port, const sluice_nn_tensor& tensor);

// "f32 [1, 3, any]", for people.
[[nodiscard]] std::string describe(const sluice_nn_tensor& shape);

// What a network is made of: files, or bytes that somebody gave.
struct TensorSource {
  std::string name;     // for people
  std::string backend;  // which plug-in
  std::string format;   // of the header's formats
  std::vector<std::string> paths;
  std::vector<std::string_view> parts;  // where there are no paths; read before the maker returns
  std::uint32_t threads = 0;            // 0: the library's choice
  bool gpu = false;
  std::uint64_t memory_mib = 4096;  // of a worker, beyond the library itself
};

}  // namespace sluice::nn
