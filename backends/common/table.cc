#include "common/table.h"

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/tensor.h"

struct sluice_nn_graph {
  std::unique_ptr<sluice::backends::Graph> graph;
};

struct sluice_nn_session {
  const sluice::backends::Ports* ports;
  std::unique_ptr<sluice::backends::Session> session;
  std::vector<bool> given;  // of each input: it was set
  bool computed = false;
};

namespace sluice::backends {
namespace {

// The functions of a C table have no argument to find it by. Never deleted: libraries have threads of their
// own, which may outlive what ends at exit.
Library* the_library = nullptr;
const char* the_formats = "";

bool knows(std::string_view format) {
  std::string_view rest = the_formats;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == format) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

Result<void> need_format(sluice_nn_text format) {
  if (knows(view(format))) return {};
  return failed(SLUICE_NN_INVALID, "this backend does not read the format '" + std::string(view(format)) +
                                       "'; it reads: " + the_formats);
}

// The same as the header asks of callers, for those that do not keep to it.
Result<void> need_index(std::uint32_t index, const std::vector<Port>& ports, const char* what) {
  if (index < ports.size()) return {};
  return failed(SLUICE_NN_INVALID, "there is no " + std::string(what) + " " + std::to_string(index) +
                                       "; the network has " + std::to_string(ports.size()));
}

sluice_nn_status warm_up(sluice_nn_text format, sluice_nn_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (auto known = need_format(format); !known) return known;
    return the_library->warm_up(view(format));
  });
}

sluice_nn_status graph_open(const sluice_nn_part* parts, std::size_t count,
                            const sluice_nn_graph_options* options, sluice_nn_graph** graph,
                            sluice_nn_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (auto known = need_format(options->format); !known) return known;
    if (count == 0) return failed(SLUICE_NN_INVALID, "no part of a network was given");
    auto opened = the_library->open_graph(std::span(parts, count), *options);
    if (!opened) return std::unexpected(opened.error());
    *graph = new sluice_nn_graph{std::move(*opened)};
    return {};
  });
}

void graph_close(sluice_nn_graph* graph) {
  shielded(0, [&] {
    delete graph;
    return 0;
  });
}

std::uint32_t graph_inputs(const sluice_nn_graph* graph) {
  return static_cast<std::uint32_t>(graph->graph->ports().inputs.size());
}

std::uint32_t graph_outputs(const sluice_nn_graph* graph) {
  return static_cast<std::uint32_t>(graph->graph->ports().outputs.size());
}

void give_port(const std::vector<Port>& ports, std::uint32_t index, sluice_nn_tensor* shape,
               sluice_nn_text* name) {
  if (index >= ports.size()) return;
  if (shape != nullptr) *shape = ports[index].shape;
  if (name != nullptr) *name = {ports[index].name.data(), ports[index].name.size()};
}

void graph_input(const sluice_nn_graph* graph, std::uint32_t index, sluice_nn_tensor* shape,
                 sluice_nn_text* name) {
  give_port(graph->graph->ports().inputs, index, shape, name);
}

void graph_output(const sluice_nn_graph* graph, std::uint32_t index, sluice_nn_tensor* shape,
                  sluice_nn_text* name) {
  give_port(graph->graph->ports().outputs, index, shape, name);
}

sluice_nn_status session_open(sluice_nn_graph* graph, sluice_nn_session** session, sluice_nn_error* error) {
  return guarded(error, [&]() -> Result<void> {
    auto opened = graph->graph->open_session();
    if (!opened) return std::unexpected(opened.error());
    const Ports& ports = graph->graph->ports();
    *session = new sluice_nn_session{
        .ports = &ports, .session = std::move(*opened), .given = std::vector<bool>(ports.inputs.size())};
    return {};
  });
}

void session_close(sluice_nn_session* session) {
  shielded(0, [&] {
    delete session;
    return 0;
  });
}

sluice_nn_status session_set(sluice_nn_session* session, std::uint32_t index, const sluice_nn_tensor* tensor,
                             sluice_nn_error* error) {
  return guarded(error, [&]() -> Result<void> {
    const auto& inputs = session->ports->inputs;
    if (auto there = need_index(index, inputs, "input"); !there) return there;
    if (auto fits = check_input(index, inputs[index], *tensor); !fits) return fits;
    // Half of a tensor is none.
    session->given[index] = false;
    if (auto done = session->session->set(index, *tensor); !done) return done;
    session->given[index] = true;
    return {};
  });
}

sluice_nn_status session_compute(sluice_nn_session* session, sluice_nn_error* error) {
  return guarded(error, [&]() -> Result<void> {
    session->computed = false;
    const auto missing = std::ranges::find(session->given, false);
    if (missing != session->given.end()) {
      const auto index = static_cast<std::size_t>(missing - session->given.begin());
      return failed(SLUICE_NN_INVALID, "input " + std::to_string(index) + " (" +
                                           session->ports->inputs[index].name + ") was not set");
    }
    if (auto done = session->session->compute(); !done) return done;
    session->computed = true;
    return {};
  });
}

sluice_nn_status session_output(sluice_nn_session* session, std::uint32_t index, sluice_nn_tensor* tensor,
                                sluice_nn_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (auto there = need_index(index, session->ports->outputs, "output"); !there) return there;
    if (!session->computed) return failed(SLUICE_NN_INVALID, "nothing was computed: there is no output yet");
    auto output = session->session->output(index);
    if (!output) return std::unexpected(output.error());
    *tensor = *output;
    return {};
  });
}

sluice_nn_tensors table{.size = sizeof(sluice_nn_tensors),
                        .formats = "",
                        .warm_up = warm_up,
                        .graph_open = graph_open,
                        .graph_close = graph_close,
                        .graph_inputs = graph_inputs,
                        .graph_outputs = graph_outputs,
                        .graph_input = graph_input,
                        .graph_output = graph_output,
                        .session_open = session_open,
                        .session_close = session_close,
                        .session_set = session_set,
                        .session_compute = session_compute,
                        .session_output = session_output,
                        .nameless_formats = ""};

}  // namespace

const sluice_nn_tensors* make_tensors_table(const char* formats, std::unique_ptr<Library> library,
                                            const char* nameless_formats) {
  the_library = library.release();
  the_formats = formats;
  table.formats = formats;
  table.nameless_formats = nameless_formats;
  return &table;
}

}  // namespace sluice::backends
