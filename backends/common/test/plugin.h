// The plug-in of a test program as a worker loads it, with its graphs and sessions as things that close
// themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/nn_backend.h"

namespace sluice::backends::test {

// Said by each test program.
extern const char* const plugin_path;
extern const char* const networks_path;  // of tests/data/nn

const sluice_nn_backend_table& backend();
const sluice_nn_tensors& tensors();

struct CloseGraph {
  void operator()(sluice_nn_graph* graph) const { tensors().graph_close(graph); }
};
struct CloseSession {
  void operator()(sluice_nn_session* session) const { tensors().session_close(session); }
};
using Graph = std::unique_ptr<sluice_nn_graph, CloseGraph>;
using Session = std::unique_ptr<sluice_nn_session, CloseSession>;

// What a call said: its status and, if it failed, why.
struct Said {
  sluice_nn_status status = SLUICE_NN_OK;
  std::string text;
};

// A tensor with its data.
struct Value {
  std::uint32_t type = SLUICE_NN_F32;
  std::vector<std::int64_t> dims;
  std::string bytes;

  [[nodiscard]] sluice_nn_tensor tensor() const;
  template <typename T>
  [[nodiscard]] std::vector<T> as() const {
    std::vector<T> all(bytes.size() / sizeof(T));
    bytes.copy(reinterpret_cast<char*>(all.data()), bytes.size());
    return all;
  }
  bool operator==(const Value&) const = default;
};

template <typename T>
Value value(std::uint32_t type, std::vector<std::int64_t> dims, const std::vector<T>& data) {
  return {type, std::move(dims),
          std::string(reinterpret_cast<const char*>(data.data()), data.size() * sizeof(T))};
}
inline Value floats(std::vector<std::int64_t> dims, const std::vector<float>& data) {
  return value(SLUICE_NN_F32, std::move(dims), data);
}
// Of small numbers that look like any.
Value some_floats(std::vector<std::int64_t> dims, unsigned seed);

// The path of a file of tests/data/nn, and the content of a file.
std::string network(std::string_view name);
std::string content(const std::string& path);

struct Options {
  std::uint32_t threads = 1;
  std::uint32_t gpu = 0;
};

Said try_paths(std::string_view format, const std::vector<std::string>& paths, Graph& graph,
               Options options = {});
Said try_bytes(std::string_view format, const std::vector<std::string>& parts, Graph& graph,
               Options options = {});
// These throw, which ends the test, where they can't.
Graph open_paths(std::string_view format, const std::vector<std::string>& paths);
Graph open_bytes(std::string_view format, const std::vector<std::string>& parts);
Session open_session(const Graph& graph);
Session open_session(Graph&& graph) = delete;  // it has to outlive its sessions

sluice_nn_tensor input_shape(const Graph& graph, std::uint32_t index, std::string* name = nullptr);
sluice_nn_tensor output_shape(const Graph& graph, std::uint32_t index, std::string* name = nullptr);
std::vector<std::int64_t> dims_of(const sluice_nn_tensor& tensor);

Said set(const Session& session, std::uint32_t index, const sluice_nn_tensor& tensor);
Said compute(const Session& session);
Said output(const Session& session, std::uint32_t index, Value& value);

// Sets all inputs, computes, and reads all outputs; fails the test where it can't.
std::vector<Value> run(const Session& session, const std::vector<Value>& inputs);
std::vector<Value> run(const Graph& graph, const std::vector<Value>& inputs);

}  // namespace sluice::backends::test
