// The fake backend's networks of tensors. A network is a text, "FAKE NET" and then words:
//   add      two inputs and their sum, f32 of any length
//   fixed    one input, f32 [2, 3], and its copy
//   types    one input, i64 [2], and an output u8 [2]: the low bytes
//   any      one input of any type and shape, and its copy
//   abort, hang, eat      what happens when it is loaded
//   try:WAY  loading fails and says so if a way out of the process is open: file, write, socket, exec, fork,
//            kill, memory (of the parent)
// At computing, a first input that begins with 1e30 aborts, and one that begins with 2e30 hangs.
#include "nn/testing/fake_tensors.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "nn/testing/fake_context.h"

namespace {

using sluice::nn::testing::failed;

constexpr std::int64_t any = -1;

struct Port {
  std::string_view name;
  sluice_nn_tensor shape;
};

sluice_nn_tensor shape(std::uint32_t type, std::uint32_t rank, std::array<std::int64_t, 2> dims) {
  sluice_nn_tensor made{};
  made.type = type;
  made.rank = rank;
  std::ranges::copy(dims, made.dims);
  return made;
}

// Whether a way out is open.
bool is_open(std::string_view way) {
  if (way == "file") return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
  if (way == "write") return open("/tmp/sluice-escaped", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
  if (way == "socket") return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
  if (way == "kill") return kill(getppid(), 0) == 0;
  if (way == "exec") {
    execl("/bin/true", "true", nullptr);
    return false;  // it returned: it could not
  }
  if (way == "fork") {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    if (child > 0) waitpid(child, nullptr, 0);
    return child > 0;
  }
  if (way == "memory") {
    char byte = 0;
    iovec here{&byte, 1};
    // Any address that the parent has, too.
    static std::int64_t place = 0;
    iovec there{&place, 1};
    return process_vm_readv(getppid(), &here, 1, &there, 1, 0) >= 0 ||
           ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0;
  }
  return true;
}

}  // namespace

struct sluice_nn_graph {
  std::string kind;
  std::vector<Port> inputs;
  std::vector<Port> outputs;
};

struct sluice_nn_session {
  struct Kept {
    sluice_nn_tensor shape{};
    std::string data;
    bool is_set = false;
  };
  const sluice_nn_graph* graph = nullptr;
  std::vector<Kept> inputs;
  Kept output;
};

namespace {

sluice_nn_status warm_up(sluice_nn_text, sluice_nn_error*) {
  return SLUICE_NN_OK;
}

bool set_ports(sluice_nn_graph& graph) {
  const auto line = shape(SLUICE_NN_F32, 1, {any, 0});
  const auto fixed = shape(SLUICE_NN_F32, 2, {2, 3});
  const auto open = shape(SLUICE_NN_ANY_TYPE, SLUICE_NN_ANY_RANK, {0, 0});
  if (graph.kind == "add") {
    graph.inputs = {{"a", line}, {"b", line}};
    graph.outputs = {{"sum", line}};
  } else if (graph.kind == "fixed") {
    graph.inputs = {{"in", fixed}};
    graph.outputs = {{"out", fixed}};
  } else if (graph.kind == "types") {
    graph.inputs = {{"wide", shape(SLUICE_NN_I64, 1, {2, 0})}};
    graph.outputs = {{"narrow", shape(SLUICE_NN_U8, 1, {2, 0})}};
  } else if (graph.kind == "any") {
    graph.inputs = {{"in", open}};
    graph.outputs = {{"out", open}};
  } else {
    return false;
  }
  return true;
}

sluice_nn_status graph_open(const sluice_nn_part* parts, std::size_t count, const sluice_nn_graph_options*,
                            sluice_nn_graph** graph, sluice_nn_error* error) {
  if (count != 1) return failed(error, SLUICE_NN_INVALID, "a fake network is one part");
  std::string text;
  if (parts[0].path != nullptr) {
    std::ifstream file(parts[0].path, std::ios::binary);
    if (!file) return failed(error, SLUICE_NN_NOT_FOUND, "there is no such file");
    text.assign(std::istreambuf_iterator<char>(file), {});
  } else {
    text.assign(static_cast<const char*>(parts[0].data), parts[0].size);
  }
  constexpr std::string_view magic = "FAKE NET ";
  if (!text.starts_with(magic)) return failed(error, SLUICE_NN_CORRUPT, "it does not begin with FAKE NET");
  text.erase(0, magic.size());
  if (text == "abort") std::abort();
  while (text == "hang") pause();
  if (text == "eat") {
    // Until an allocation throws.
    try {
      std::vector<std::string> eaten;
      while (true) eaten.emplace_back(64U << 20U, 'x');
    } catch (const std::bad_alloc&) {
      return failed(error, SLUICE_NN_NO_MEMORY, "there is no more memory");
    }
  }
  if (text.starts_with("try:")) {
    const std::string way = text.substr(4);
    return failed(error, SLUICE_NN_BROKEN, way + (is_open(way) ? " is open" : " is closed"));
  }
  sluice_nn_graph made{text, {}, {}};
  if (!set_ports(made)) return failed(error, SLUICE_NN_CORRUPT, "there is no such fake network");
  *graph = new sluice_nn_graph(std::move(made));
  return SLUICE_NN_OK;
}

void graph_close(sluice_nn_graph* graph) {
  delete graph;
}
std::uint32_t graph_inputs(const sluice_nn_graph* graph) {
  return static_cast<std::uint32_t>(graph->inputs.size());
}
std::uint32_t graph_outputs(const sluice_nn_graph* graph) {
  return static_cast<std::uint32_t>(graph->outputs.size());
}
void describe(const Port& port, sluice_nn_tensor* shape, sluice_nn_text* name) {
  *shape = port.shape;
  *name = {port.name.data(), port.name.size()};
}
void graph_input(const sluice_nn_graph* graph, std::uint32_t index, sluice_nn_tensor* shape,
                 sluice_nn_text* name) {
  describe(graph->inputs[index], shape, name);
}
void graph_output(const sluice_nn_graph* graph, std::uint32_t index, sluice_nn_tensor* shape,
                  sluice_nn_text* name) {
  describe(graph->outputs[index], shape, name);
}

sluice_nn_status session_open(sluice_nn_graph* graph, sluice_nn_session** session, sluice_nn_error*) {
  *session = new sluice_nn_session{graph, std::vector<sluice_nn_session::Kept>(graph->inputs.size()), {}};
  return SLUICE_NN_OK;
}
void session_close(sluice_nn_session* session) {
  delete session;
}
sluice_nn_status session_set(sluice_nn_session* session, std::uint32_t index, const sluice_nn_tensor* tensor,
                             sluice_nn_error*) {
  session->inputs[index] = {*tensor, std::string(static_cast<const char*>(tensor->data), tensor->bytes),
                            true};
  return SLUICE_NN_OK;
}

std::vector<float> floats_of(const std::string& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

sluice_nn_status session_compute(sluice_nn_session* session, sluice_nn_error* error) {
  for (const auto& input : session->inputs) {
    if (!input.is_set) return failed(error, SLUICE_NN_INVALID, "an input was not set");
  }
  const auto& first = session->inputs[0];
  const std::vector<float> values = floats_of(first.data);
  if (first.shape.type == SLUICE_NN_F32 && !values.empty()) {
    if (values[0] == 1e30F) std::abort();
    while (values[0] == 2e30F) pause();
  }
  session->output = first;
  if (session->graph->kind == "add") {
    const std::vector<float> others = floats_of(session->inputs[1].data);
    if (others.size() != values.size()) return failed(error, SLUICE_NN_INVALID, "the lengths differ");
    std::vector<float> sum(values.size());
    std::ranges::transform(values, others, sum.begin(), std::plus<>());
    session->output.data.assign(reinterpret_cast<const char*>(sum.data()), sum.size() * sizeof(float));
  }
  if (session->graph->kind == "types") {
    session->output.shape = session->graph->outputs[0].shape;
    session->output.data = {first.data[0], first.data[8]};
  }
  session->output.is_set = true;
  return SLUICE_NN_OK;
}

sluice_nn_status session_output(sluice_nn_session* session, std::uint32_t, sluice_nn_tensor* tensor,
                                sluice_nn_error* error) {
  if (!session->output.is_set) return failed(error, SLUICE_NN_INVALID, "nothing was computed");
  *tensor = session->output.shape;
  tensor->data = session->output.data.data();
  tensor->bytes = session->output.data.size();
  return SLUICE_NN_OK;
}

}  // namespace

const sluice_nn_tensors fake_tensors{sizeof(sluice_nn_tensors),
                                     "fake",
                                     warm_up,
                                     graph_open,
                                     graph_close,
                                     graph_inputs,
                                     graph_outputs,
                                     graph_input,
                                     graph_output,
                                     session_open,
                                     session_close,
                                     session_set,
                                     session_compute,
                                     session_output,
                                     ""};
