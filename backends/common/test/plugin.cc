#include "common/test/plugin.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

namespace sluice::backends::test {
namespace {

const sluice_nn_backend_table& load() {
  void* library = dlopen(plugin_path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::fprintf(stderr, "cannot load the plug-in: %s\n", dlerror());
    std::abort();
  }
  const auto make = reinterpret_cast<sluice_nn_backend_function>(dlsym(library, "sluice_nn_backend"));
  const std::filesystem::path folder = std::filesystem::path(plugin_path).parent_path();
  const sluice_nn_backend_table* table = make == nullptr ? nullptr : make(folder.c_str(), nullptr);
  if (table == nullptr || table->abi != SLUICE_NN_ABI || table->tensors == nullptr) {
    std::fprintf(stderr, "the plug-in gives no table of this version\n");
    std::abort();
  }
  return *table;
}

Said try_open(std::string_view format, const std::vector<sluice_nn_part>& parts, Graph& graph,
              Options options) {
  const sluice_nn_graph_options given{
      .format = {format.data(), format.size()}, .threads = options.threads, .gpu = options.gpu};
  sluice_nn_graph* opened = nullptr;
  sluice_nn_error error{};
  const auto status = tensors().graph_open(parts.data(), parts.size(), &given, &opened, &error);
  if (status == SLUICE_NN_OK) graph.reset(opened);
  return {status, error.text};
}

}  // namespace

const sluice_nn_backend_table& backend() {
  static const sluice_nn_backend_table& table = load();
  return table;
}

const sluice_nn_tensors& tensors() {
  return *backend().tensors;
}

sluice_nn_tensor Value::tensor() const {
  sluice_nn_tensor tensor{};
  tensor.type = type;
  tensor.rank = static_cast<std::uint32_t>(dims.size());
  std::copy_n(dims.begin(), std::min<std::size_t>(dims.size(), SLUICE_NN_RANK_MAX), tensor.dims);
  tensor.data = bytes.data();
  tensor.bytes = bytes.size();
  return tensor;
}

Value some_floats(std::vector<std::int64_t> dims, unsigned seed) {
  std::size_t count = 1;
  for (const std::int64_t dim : dims) count *= static_cast<std::size_t>(dim);
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> numbers(-1, 1);
  std::vector<float> data(count);
  for (float& one : data) one = numbers(random);
  return floats(std::move(dims), data);
}

std::string network(std::string_view name) {
  return std::string(networks_path) + "/" + std::string(name);
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

Said try_paths(std::string_view format, const std::vector<std::string>& paths, Graph& graph,
               Options options) {
  std::vector<sluice_nn_part> parts;
  for (const std::string& path : paths) parts.push_back({.path = path.c_str(), .data = nullptr, .size = 0});
  return try_open(format, parts, graph, options);
}

Said try_bytes(std::string_view format, const std::vector<std::string>& bytes, Graph& graph,
               Options options) {
  std::vector<sluice_nn_part> parts;
  for (const std::string& one : bytes)
    parts.push_back({.path = nullptr, .data = one.data(), .size = one.size()});
  return try_open(format, parts, graph, options);
}

Graph open_paths(std::string_view format, const std::vector<std::string>& paths) {
  Graph graph;
  const Said said = try_paths(format, paths, graph);
  if (graph == nullptr) throw std::runtime_error(said.text);
  return graph;
}

Graph open_bytes(std::string_view format, const std::vector<std::string>& parts) {
  Graph graph;
  const Said said = try_bytes(format, parts, graph);
  if (graph == nullptr) throw std::runtime_error(said.text);
  return graph;
}

Session open_session(const Graph& graph) {
  sluice_nn_session* session = nullptr;
  sluice_nn_error error{};
  EXPECT_EQ(tensors().session_open(graph.get(), &session, &error), SLUICE_NN_OK) << error.text;
  return Session(session);
}

sluice_nn_tensor input_shape(const Graph& graph, std::uint32_t index, std::string* name) {
  sluice_nn_tensor shape{};
  sluice_nn_text text{};
  tensors().graph_input(graph.get(), index, &shape, &text);
  if (name != nullptr) name->assign(text.data, text.size);
  return shape;
}

sluice_nn_tensor output_shape(const Graph& graph, std::uint32_t index, std::string* name) {
  sluice_nn_tensor shape{};
  sluice_nn_text text{};
  tensors().graph_output(graph.get(), index, &shape, &text);
  if (name != nullptr) name->assign(text.data, text.size);
  return shape;
}

std::vector<std::int64_t> dims_of(const sluice_nn_tensor& tensor) {
  if (tensor.rank > SLUICE_NN_RANK_MAX) return {};
  return {tensor.dims, tensor.dims + tensor.rank};
}

Said set(const Session& session, std::uint32_t index, const sluice_nn_tensor& tensor) {
  sluice_nn_error error{};
  const auto status = tensors().session_set(session.get(), index, &tensor, &error);
  return {status, error.text};
}

Said compute(const Session& session) {
  sluice_nn_error error{};
  const auto status = tensors().session_compute(session.get(), &error);
  return {status, error.text};
}

Said output(const Session& session, std::uint32_t index, Value& value) {
  sluice_nn_tensor tensor{};
  sluice_nn_error error{};
  const auto status = tensors().session_output(session.get(), index, &tensor, &error);
  if (status == SLUICE_NN_OK)
    value = {tensor.type, dims_of(tensor), std::string(static_cast<const char*>(tensor.data), tensor.bytes)};
  return {status, error.text};
}

std::vector<Value> run(const Session& session, const std::vector<Value>& inputs) {
  std::uint32_t index = 0;
  for (const Value& input : inputs) {
    const Said said = set(session, index++, input.tensor());
    EXPECT_EQ(said.status, SLUICE_NN_OK) << said.text;
  }
  const Said computed = compute(session);
  EXPECT_EQ(computed.status, SLUICE_NN_OK) << computed.text;
  std::vector<Value> outputs;
  Value value;
  while (output(session, static_cast<std::uint32_t>(outputs.size()), value).status == SLUICE_NN_OK)
    outputs.push_back(std::move(value));
  EXPECT_FALSE(outputs.empty());
  return outputs;
}

std::vector<Value> run(const Graph& graph, const std::vector<Value>& inputs) {
  return run(open_session(graph), inputs);
}

}  // namespace sluice::backends::test
