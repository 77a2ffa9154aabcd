#include "library.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "common/onnx_file.h"
#include "common/part.h"
#include "session.h"

namespace sluice::onnx {
namespace {

using backends::PartBytes;
using backends::Result;

void take_line(void* self, OrtLoggingLevel severity, const char* /*category*/, const char* /*logger*/,
               const char* /*place*/, const char* message) {
  const auto log = reinterpret_cast<LogFunction>(self);
  if (log == nullptr) return;
  const int level = severity >= ORT_LOGGING_LEVEL_ERROR ? 3 : (severity == ORT_LOGGING_LEVEL_WARNING ? 2 : 0);
  log(level, message, std::strlen(message));
}

SessionOptions options_for(std::uint32_t threads) {
  OrtSessionOptions* made = nullptr;
  must(api().CreateSessionOptions(&made));
  SessionOptions options(made);
  must(api().SetSessionGraphOptimizationLevel(made, ORT_ENABLE_ALL));
  // Left to itself, ONNX Runtime ties a thread to each core, whoever else is on it.
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  must(api().SetIntraOpNumThreads(made, static_cast<int>(threads)));
  must(api().SetInterOpNumThreads(made, 1));
  // Threads that wait sleep, where a neighbour may need the core.
  must(api().AddSessionConfigEntry(made, "session.intra_op.allow_spinning", "0"));
  // Its own format, which nothing here has checked, is not guessed from the first bytes.
  must(api().AddSessionConfigEntry(made, "session.load_model_format", "ONNX"));
  return options;
}

// y = |x| of one number: the smallest file of ONNX that there is to compute.
constexpr unsigned char smallest_model[] = {
    0x08, 0x08,                                                                   // version 8 of the format
    0x3a, 0x2e,                                                                   // the graph
    0x0a, 0x0b, 0x0a, 0x01, 'x',  0x12, 0x01, 'y',  0x22, 0x03, 'A',  'b',  's',  // its node
    0x12, 0x01, 'g',                                                              // its name
    0x5a, 0x0d, 0x0a, 0x01, 'x',  0x12, 0x08, 0x0a, 0x06, 0x08, 0x01, 0x12, 0x02, 0x0a, 0x00,  // its input
    0x62, 0x0d, 0x0a, 0x01, 'y',  0x12, 0x08, 0x0a, 0x06, 0x08, 0x01, 0x12, 0x02, 0x0a, 0x00,  // its output
    0x42, 0x04, 0x0a, 0x00, 0x10, 0x11,  // operators of version 17
};

}  // namespace

OnnxRuntime::OnnxRuntime(LogFunction log) {
  OrtEnv* made = nullptr;
  must(api().CreateEnvWithCustomLogger(take_line, reinterpret_cast<void*>(log), ORT_LOGGING_LEVEL_WARNING,
                                       "sluice", &made));
  env_.reset(made);
}

// Nothing is loaded later; but what is looked up once, the processor's kind among it, is then known.
Result<void> OnnxRuntime::warm_up(std::string_view format) {
  const sluice_nn_part part{.path = nullptr, .data = smallest_model, .size = sizeof smallest_model};
  const sluice_nn_graph_options options{.format = {format.data(), format.size()}, .threads = 2, .gpu = 0};
  auto graph = open_graph(std::span(&part, 1), options);
  if (!graph) return std::unexpected(graph.error());
  auto session = (*graph)->open_session();
  if (!session) return std::unexpected(session.error());
  const float number = 1;
  sluice_nn_tensor tensor{};
  tensor.type = SLUICE_NN_F32;
  tensor.rank = 1;
  tensor.dims[0] = 1;
  tensor.data = &number;
  tensor.bytes = sizeof number;
  if (auto set = (*session)->set(0, tensor); !set) return set;
  return (*session)->compute();
}

Result<std::unique_ptr<backends::Graph>> OnnxRuntime::open_graph(std::span<const sluice_nn_part> parts,
                                                                 const sluice_nn_graph_options& options) {
  if (auto fine = backends::need_no_gpu(options, "ONNX Runtime"); !fine) return std::unexpected(fine.error());
  if (auto right = backends::need_parts(parts, 1, 1, "one"); !right) return std::unexpected(right.error());
  const sluice_nn_part& part = parts[0];
  auto bytes = PartBytes::read(part);
  if (!bytes) return std::unexpected(bytes.error());
  const auto allowed = part.path == nullptr ? backends::Outside::none : backends::Outside::beside;
  if (auto fine = backends::check_onnx(bytes->text(), allowed); !fine) return std::unexpected(fine.error());
  const SessionOptions settings = options_for(options.threads);
  OrtSession* made = nullptr;
  OrtStatus* status =
      part.path != nullptr
          ? api().CreateSession(env_.get(), part.path, settings.get(), &made)
          : api().CreateSessionFromArray(env_.get(), bytes->data(), bytes->size(), settings.get(), &made);
  if (auto fine = done(status, SLUICE_NN_CORRUPT, "cannot read " + backends::name_of(part) + " as ONNX");
      !fine)
    return std::unexpected(fine.error());
  return std::make_unique<OnnxGraph>(Network(made));
}

}  // namespace sluice::onnx
