// WASI-NN for guests in C++: the functions of the module `wasi_ephemeral_nn` as WasmEdge and `sluice run`
// offer them, and a few lines around them. Programs built with it run on both.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wasi_nn {

// The module's own functions. All take and give 32-bit numbers; pointers are addresses in this program's
// memory.
#define WASI_NN_IMPORT(NAME) __attribute__((import_module("wasi_ephemeral_nn"), import_name(#NAME)))
namespace abi {
struct Builder {
  const void* data;
  std::uint32_t size;
};
struct Tensor {
  const std::uint32_t* dims;
  std::uint32_t rank;
  std::uint32_t type;
  const void* data;
  std::uint32_t size;
};
extern "C" {
WASI_NN_IMPORT(load)
std::int32_t wasi_nn_load(const Builder* parts, std::uint32_t count, std::uint32_t encoding,
                          std::uint32_t target, std::uint32_t* graph);
WASI_NN_IMPORT(load_by_name)
std::int32_t wasi_nn_load_by_name(const char* name, std::uint32_t size, std::uint32_t* graph);
WASI_NN_IMPORT(load_by_name_with_config)
std::int32_t wasi_nn_load_by_name_with_config(const char* name, std::uint32_t size, const char* config,
                                              std::uint32_t config_size, std::uint32_t* graph);
WASI_NN_IMPORT(init_execution_context)
std::int32_t wasi_nn_init_execution_context(std::uint32_t graph, std::uint32_t* context);
WASI_NN_IMPORT(set_input)
std::int32_t wasi_nn_set_input(std::uint32_t context, std::uint32_t index, const Tensor* tensor);
WASI_NN_IMPORT(compute)
std::int32_t wasi_nn_compute(std::uint32_t context);
WASI_NN_IMPORT(compute_single)
std::int32_t wasi_nn_compute_single(std::uint32_t context);
WASI_NN_IMPORT(fini_single)
std::int32_t wasi_nn_fini_single(std::uint32_t context);
WASI_NN_IMPORT(get_output)
std::int32_t wasi_nn_get_output(std::uint32_t context, std::uint32_t index, void* buffer,
                                std::uint32_t capacity, std::uint32_t* written);
WASI_NN_IMPORT(get_output_single)
std::int32_t wasi_nn_get_output_single(std::uint32_t context, std::uint32_t index, void* buffer,
                                       std::uint32_t capacity, std::uint32_t* written);
WASI_NN_IMPORT(unload)
std::int32_t wasi_nn_unload(std::uint32_t graph);
WASI_NN_IMPORT(finalize_execution_context)
std::int32_t wasi_nn_finalize_execution_context(std::uint32_t context);
}
}  // namespace abi
#undef WASI_NN_IMPORT

enum class Encoding : std::uint32_t {
  openvino,
  onnx,
  tensorflow,
  pytorch,
  tensorflow_lite,
  autodetect,
  ggml
};
enum class Type : std::uint32_t { f16, f32, f64, u8, i32, i64 };

inline constexpr std::int32_t too_large = 7;
inline constexpr std::int32_t end_of_sequence = 100;
inline constexpr std::int32_t context_full = 101;

// Ends the program where a call fails: the host has said why.
inline void check(std::int32_t number, const char* what) {
  if (number == 0) return;
  std::fprintf(stderr, "%s: error %d\n", what, static_cast<int>(number));
  std::exit(1);
}

// A graph, and one context of it.
class Model {
 public:
  explicit Model(std::string_view name, std::string_view config = "") {
    check(abi::wasi_nn_load_by_name_with_config(name.data(), name.size(), config.data(), config.size(),
                                                &graph_),
          "load_by_name");
    start();
  }
  Model(std::span<const abi::Builder> parts, Encoding encoding) {
    check(abi::wasi_nn_load(parts.data(), parts.size(), static_cast<std::uint32_t>(encoding), 0, &graph_),
          "load");
    start();
  }
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  ~Model() {
    abi::wasi_nn_finalize_execution_context(context_);
    abi::wasi_nn_unload(graph_);
  }

  [[nodiscard]] std::uint32_t context() const { return context_; }

  void set_text(std::string_view text, std::uint32_t index = 0) {
    const std::uint32_t dims = 1;
    const abi::Tensor tensor{&dims, 1, static_cast<std::uint32_t>(Type::u8), text.data(),
                             static_cast<std::uint32_t>(text.size())};
    check(abi::wasi_nn_set_input(context_, index, &tensor), "set_input");
  }
  template <class T>
  void set(std::uint32_t index, std::span<const std::uint32_t> dims, Type type, std::span<const T> values) {
    const abi::Tensor tensor{dims.data(), static_cast<std::uint32_t>(dims.size()),
                             static_cast<std::uint32_t>(type), values.data(),
                             static_cast<std::uint32_t>(values.size_bytes())};
    check(abi::wasi_nn_set_input(context_, index, &tensor), "set_input");
  }
  void compute() { check(abi::wasi_nn_compute(context_), "compute"); }
  // An output of any size.
  [[nodiscard]] std::string output(std::uint32_t index = 0) {
    std::string bytes(4096, '\0');
    std::uint32_t size = 0;
    std::int32_t number = abi::wasi_nn_get_output(context_, index, bytes.data(), bytes.size(), &size);
    if (number == too_large) {
      bytes.resize(size);
      number = abi::wasi_nn_get_output(context_, index, bytes.data(), bytes.size(), &size);
    }
    check(number, "get_output");
    bytes.resize(size);
    return bytes;
  }
  template <class T>
  [[nodiscard]] std::vector<T> values(std::uint32_t index = 0) {
    const std::string bytes = output(index);
    std::vector<T> all(bytes.size() / sizeof(T));
    __builtin_memcpy(all.data(), bytes.data(), all.size() * sizeof(T));
    return all;
  }

 private:
  void start() { check(abi::wasi_nn_init_execution_context(graph_, &context_), "init_execution_context"); }

  std::uint32_t graph_ = 0;
  std::uint32_t context_ = 0;
};

}  // namespace wasi_nn
