#include "library.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "common/part.h"
#include "common/wire.h"
#include "endpoints.h"
#include "network.h"
#include "operations.h"

namespace sluice::tensorflow {
namespace {

using backends::failed;
using backends::PartBytes;
using backends::Result;

enum class Origin : std::uint8_t { path, bytes };

// A ConfigProto: threads within an operation (field 2) and for operations side by side (5), and that they are
// the session's own (9). Of a network given as bytes, what is constant is not computed beforehand (10: graph
// options; 10: rewriting; 3: folding of constants; 2: off): TensorFlow ends the process there if a shape is
// impossible, which it reports as an error when it computes.
Result<SessionOptions> session_options(std::uint32_t threads, Origin origin) {
  std::string config;
  if (threads > 0) {
    const auto count = static_cast<char>(std::min(threads, 127U));
    config.append({2 << 3, count, 5 << 3, count, 9 << 3, 1});
  }
  if (origin == Origin::bytes) config.append({10 << 3 | 2, 4, 10 << 3 | 2, 2, 3 << 3, 2});
  SessionOptions options(TF_NewSessionOptions());
  const Status status = make_status();
  TF_SetConfig(options.get(), config.data(), config.size(), status.get());
  if (auto fine = done(status, SLUICE_NN_BROKEN, "TensorFlow refuses the settings of a session"); !fine)
    return std::unexpected(fine.error());
  return options;
}

// A SavedModel begins with a number, a graph with its first node.
bool is_saved_model(std::string_view text) {
  const auto first = backends::Wire(text).next();
  return first && first->number == 1 && !first->is_bytes;
}

Result<std::unique_ptr<backends::Graph>> open_saved_model(const sluice_nn_part& part,
                                                          const SessionOptions& options) {
  GraphHandle graph(TF_NewGraph());
  const Buffer meta_graph(TF_NewBuffer());
  const Status status = make_status();
  const char* tag = "serve";
  SessionHandle session(TF_LoadSessionFromSavedModel(options.get(), nullptr, part.path, &tag, 1, graph.get(),
                                                     meta_graph.get(), status.get()));
  if (auto fine =
          done(status, SLUICE_NN_CORRUPT, "cannot read " + backends::name_of(part) + " as a saved model");
      !fine)
    return std::unexpected(fine.error());
  auto endpoints = endpoints_of_signature(
      graph.get(), std::string_view(static_cast<const char*>(meta_graph->data), meta_graph->length));
  if (!endpoints) return std::unexpected(endpoints.error());
  return std::make_unique<TensorFlowGraph>(std::move(graph), std::move(session), std::move(*endpoints));
}

Result<std::unique_ptr<backends::Graph>> open_session_on(GraphHandle graph, const SessionOptions& options) {
  auto endpoints = endpoints_of_graph(graph.get());
  if (!endpoints) return std::unexpected(endpoints.error());
  const Status status = make_status();
  SessionHandle session(TF_NewSession(graph.get(), options.get(), status.get()));
  if (auto fine = done(status, SLUICE_NN_BROKEN, "TensorFlow cannot open a session"); !fine)
    return std::unexpected(fine.error());
  return std::make_unique<TensorFlowGraph>(std::move(graph), std::move(session), std::move(*endpoints));
}

Result<std::unique_ptr<backends::Graph>> open_frozen(const sluice_nn_part& part,
                                                     const SessionOptions& options) {
  auto bytes = PartBytes::read(part);
  if (!bytes) return std::unexpected(bytes.error());
  const std::string name = backends::name_of(part);
  if (is_saved_model(bytes->text()))
    return failed(SLUICE_NN_CORRUPT, name + " is one file of a saved model: give the path of its folder");
  if (bytes->size() == 0) return failed(SLUICE_NN_CORRUPT, name + " is empty");
  if (part.path == nullptr) {
    if (auto fine = check_operations(bytes->text()); !fine) return std::unexpected(fine.error());
  }
  const Buffer buffer(TF_NewBuffer());
  buffer->data = bytes->data();
  buffer->length = bytes->size();
  GraphHandle graph(TF_NewGraph());
  const ImportOptions import(TF_NewImportGraphDefOptions());
  const Status status = make_status();
  TF_GraphImportGraphDef(graph.get(), buffer.get(), import.get(), status.get());
  if (auto fine = done(status, SLUICE_NN_CORRUPT, "cannot read " + name + " as a graph of TensorFlow"); !fine)
    return std::unexpected(fine.error());
  return open_session_on(std::move(graph), options);
}

// The smallest graph that there is to compute: the absolute value of a number.
Result<GraphHandle> smallest_graph() {
  GraphHandle graph(TF_NewGraph());
  const Status status = make_status();
  TF_OperationDescription* input = TF_NewOperation(graph.get(), "Placeholder", "x");
  TF_SetAttrType(input, "dtype", TF_FLOAT);
  TF_Operation* x = TF_FinishOperation(input, status.get());
  if (auto fine = done(status, SLUICE_NN_BROKEN, "TensorFlow makes no graph"); !fine)
    return std::unexpected(fine.error());
  TF_OperationDescription* output = TF_NewOperation(graph.get(), "Abs", "y");
  TF_AddInput(output, {x, 0});
  TF_FinishOperation(output, status.get());
  if (auto fine = done(status, SLUICE_NN_BROKEN, "TensorFlow makes no graph"); !fine)
    return std::unexpected(fine.error());
  return graph;
}

}  // namespace

Result<void> TensorFlow::warm_up(std::string_view /*format*/) {
  auto graph = smallest_graph();
  if (!graph) return std::unexpected(graph.error());
  auto options = session_options(0, Origin::bytes);
  if (!options) return std::unexpected(options.error());
  auto opened = open_session_on(std::move(*graph), *options);
  if (!opened) return std::unexpected(opened.error());
  auto session = (*opened)->open_session();
  if (!session) return std::unexpected(session.error());
  const float number = 1;
  sluice_nn_tensor tensor{};
  tensor.type = SLUICE_NN_F32;
  tensor.data = &number;
  tensor.bytes = sizeof number;
  if (auto set = (*session)->set(0, tensor); !set) return set;
  return (*session)->compute();
}

Result<std::unique_ptr<backends::Graph>> TensorFlow::open_graph(std::span<const sluice_nn_part> parts,
                                                                const sluice_nn_graph_options& options) {
  if (auto fine = backends::need_no_gpu(options, "TensorFlow"); !fine) return std::unexpected(fine.error());
  if (auto right = backends::need_parts(parts, 1, 1, "one"); !right) return std::unexpected(right.error());
  auto settings = session_options(options.threads, parts[0].path != nullptr ? Origin::path : Origin::bytes);
  if (!settings) return std::unexpected(settings.error());
  std::error_code none;
  const bool is_folder = parts[0].path != nullptr && std::filesystem::is_directory(parts[0].path, none);
  return is_folder ? open_saved_model(parts[0], *settings) : open_frozen(parts[0], *settings);
}

}  // namespace sluice::tensorflow
