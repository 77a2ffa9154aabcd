#include "nn/local_tensors.h"

#include <fmt/format.h>

#include <utility>

#include "base/value.h"

namespace sluice::nn {

namespace {

struct GraphClose {
  const sluice_nn_tensors* plugin = nullptr;
  void operator()(sluice_nn_graph* graph) const { plugin->graph_close(graph); }
  void operator()(sluice_nn_session* session) const { plugin->session_close(session); }
};
using GraphHandle = std::unique_ptr<sluice_nn_graph, GraphClose>;
using SessionHandle = std::unique_ptr<sluice_nn_session, GraphClose>;

// What was read and compiled, as long as a session of it lives.
struct Loaded {
  std::string name;
  const sluice_nn_tensors* plugin = nullptr;
  std::vector<std::string> bytes;  // of a network without files: the plug-in may look at them at any time
  GraphHandle graph;
  std::vector<TensorPort> inputs;
  std::vector<TensorPort> outputs;

  Status said(sluice_nn_status status, const sluice_nn_error& error, const char* what) const {
    if (status == SLUICE_NN_OK) return {};
    return std::unexpected(plugin_error(status, error, fmt::format("{} the network {}", what, name)));
  }
};

class LocalSession : public TensorSession {
 public:
  LocalSession(std::shared_ptr<const Loaded> network, SessionHandle session)
      : network_(std::move(network)), session_(std::move(session)) {}

  Status set(std::uint32_t index, const sluice_nn_tensor& tensor) override {
    sluice_nn_error error{};
    return network_->said(network_->plugin->session_set(session_.get(), index, &tensor, &error), error,
                          "set an input of");
  }
  Status compute() override {
    sluice_nn_error error{};
    return network_->said(network_->plugin->session_compute(session_.get(), &error), error, "compute");
  }
  Result<sluice_nn_tensor> output(std::uint32_t index) override {
    sluice_nn_error error{};
    sluice_nn_tensor tensor{};
    auto status = network_->said(network_->plugin->session_output(session_.get(), index, &tensor, &error),
                                 error, "read an output of");
    if (!status) return std::unexpected(std::move(status.error()));
    return tensor;
  }

 private:
  std::shared_ptr<const Loaded> network_;
  SessionHandle session_;
};

class LocalNetwork : public TensorNetwork {
 public:
  explicit LocalNetwork(std::shared_ptr<const Loaded> network) : network_(std::move(network)) {}

  [[nodiscard]] const std::vector<TensorPort>& inputs() const override { return network_->inputs; }
  [[nodiscard]] const std::vector<TensorPort>& outputs() const override { return network_->outputs; }
  Result<std::unique_ptr<TensorSession>> start() override {
    sluice_nn_error error{};
    sluice_nn_session* session = nullptr;
    auto status = network_->said(network_->plugin->session_open(network_->graph.get(), &session, &error),
                                 error, "start");
    if (!status) return std::unexpected(std::move(status.error()));
    return std::make_unique<LocalSession>(network_, SessionHandle(session, GraphClose{network_->plugin}));
  }

 private:
  std::shared_ptr<const Loaded> network_;
};

using Describe = void (*)(const sluice_nn_graph*, std::uint32_t, sluice_nn_tensor*, sluice_nn_text*);

std::vector<TensorPort> ports(const sluice_nn_graph* graph, std::uint32_t count, Describe describe) {
  std::vector<TensorPort> all(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    sluice_nn_text name{};
    describe(graph, i, &all[i].shape, &name);
    all[i].name = to_utf8({name.data, name.size}, nullptr);
  }
  return all;
}

}  // namespace

Result<std::shared_ptr<TensorNetwork>> open_tensors(const sluice_nn_tensors& plugin,
                                                    const TensorSource& source) {
  auto loaded = std::make_shared<Loaded>();
  loaded->name = to_utf8(source.name, nullptr);
  loaded->plugin = &plugin;
  std::vector<sluice_nn_part> parts;
  for (const std::string& path : source.paths) parts.push_back({path.c_str(), nullptr, 0});
  if (source.paths.empty()) {
    loaded->bytes.assign(source.parts.begin(), source.parts.end());
    for (const std::string& part : loaded->bytes) parts.push_back({nullptr, part.data(), part.size()});
  }
  const sluice_nn_graph_options options{plugin_text(source.format), source.threads, source.gpu ? 1U : 0U};
  sluice_nn_error error{};
  sluice_nn_graph* graph = nullptr;
  const auto status = plugin.graph_open(parts.data(), parts.size(), &options, &graph, &error);
  if (auto good = loaded->said(status, error, "load"); !good) return std::unexpected(std::move(good.error()));
  loaded->graph = GraphHandle(graph, GraphClose{&plugin});
  loaded->inputs = ports(graph, plugin.graph_inputs(graph), plugin.graph_input);
  loaded->outputs = ports(graph, plugin.graph_outputs(graph), plugin.graph_output);
  return std::make_shared<LocalNetwork>(std::move(loaded));
}

Result<std::shared_ptr<TensorNetwork>> open_tensors(const std::filesystem::path& backends,
                                                    const TensorSource& source, PluginLog log) {
  const auto plugin = load_tensor_plugin(plugin_path(backends, source.backend), log);
  if (!plugin) return std::unexpected(plugin.error());
  return open_tensors(**plugin, source);
}

}  // namespace sluice::nn
