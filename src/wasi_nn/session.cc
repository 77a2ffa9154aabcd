#include "wasi_nn/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/value.h"

namespace sluice::wasi_nn {

namespace {

// What one guest may have at once.
constexpr std::size_t graphs_max = 64;
constexpr std::size_t executions_max = 4096;
constexpr std::uint32_t parts_max = 16;
constexpr std::uint32_t dims_max = 32;
constexpr std::uint32_t name_bytes_max = 4096;

}  // namespace

std::span<const Function> Session::functions() {
  static constexpr std::array all{
      Function{"load", 5, &Session::load},
      Function{"load_by_name", 3, &Session::load_by_name},
      Function{"load_by_name_with_config", 5, &Session::load_by_name_with_config},
      Function{"init_execution_context", 2, &Session::init_execution_context},
      Function{"set_input", 3, &Session::set_input},
      Function{"compute", 1, &Session::compute},
      Function{"compute_single", 1, &Session::compute_single},
      Function{"fini_single", 1, &Session::fini_single},
      Function{"get_output", 5, &Session::get_output},
      Function{"get_output_single", 5, &Session::get_output_single},
      Function{"unload", 1, &Session::unload},
      Function{"finalize_execution_context", 1, &Session::finalize_execution_context},
  };
  return all;
}

Session::Session(Graphs& graphs, Tell tell, Print print) : graphs_(graphs), print_(std::move(print)) {
  tell_ = [this, tell = std::move(tell)](std::string_view why) {
    if (tell) tell(fmt::format("{}: {}", calling_, why));
  };
}

// Executions end before their graphs.
Session::~Session() {
  executions_.clear();
}

std::int32_t Session::call(const Function& function, std::span<std::uint8_t> bytes,
                           std::span<const std::uint32_t> arguments) {
  calling_ = function.name;
  const GuestMemory memory(bytes);
  const Errno number = memory.is_missing()
                           ? refuse(tell_, Errno::missing_memory, "the program exports no memory")
                           : (this->*function.call)(memory, arguments);
  return static_cast<std::int32_t>(number);
}

Errno Session::load(const GuestMemory& memory, Arguments arguments) {
  const std::uint32_t count = arguments[1];
  const OutNumber out(memory, arguments[4]);
  if (!out) return refuse(tell_, Errno::invalid_argument, "the graph's number has no place in memory");
  if (count == 0 || count > parts_max) {
    return refuse(tell_, Errno::invalid_argument,
                  fmt::format("{} parts were given; a network has 1 to {}", count, parts_max));
  }
  std::vector<std::uint32_t> pairs(std::size_t{count} * 2);
  if (!memory.read(arguments[0], pairs)) {
    return refuse(tell_, Errno::invalid_argument, "the list of parts lies outside of memory");
  }
  std::vector<std::string_view> parts;
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    const auto part = memory.text(pairs[i], pairs[i + 1]);
    if (!part) return refuse(tell_, Errno::invalid_argument, "a part lies outside of memory");
    parts.push_back(*part);
  }
  // What older programs write for a model that was named on the command line.
  constexpr std::string_view named = "preload:";
  if (parts.front().starts_with(named)) {
    return open_named(parts.front().substr(named.size()), parts.size() > 1 ? parts[1] : "", out);
  }
  if (open_graphs_.size() >= graphs_max) return keep(nullptr, "", out);
  std::unique_ptr<Graph> graph;
  Errno number = graphs_.open_bytes(parts, {arguments[2], arguments[3]}, tell_, graph);
  if (number == Errno::success) number = graph->load();
  return number == Errno::success ? keep(std::move(graph), "", out) : number;
}

Errno Session::load_by_name(const GuestMemory& memory, Arguments arguments) {
  const OutNumber out(memory, arguments[2]);
  const auto name = memory.text(arguments[0], arguments[1]);
  if (!out || !name) return refuse(tell_, Errno::invalid_argument, "an address lies outside of memory");
  return open_named(*name, "", out);
}

Errno Session::load_by_name_with_config(const GuestMemory& memory, Arguments arguments) {
  const OutNumber out(memory, arguments[4]);
  const auto name = memory.text(arguments[0], arguments[1]);
  const auto config = memory.text(arguments[2], arguments[3]);
  if (!out || !name || !config) {
    return refuse(tell_, Errno::invalid_argument, "an address lies outside of memory");
  }
  return open_named(*name, *config, out);
}

// A name that is open already is the same graph.
Errno Session::open_named(std::string_view name, std::string_view config, const OutNumber& out) {
  if (name.size() > name_bytes_max) {
    return refuse(tell_, Errno::invalid_argument, "the name of the model is too long");
  }
  for (auto& [handle, open] : open_graphs_) {
    if (open.name.empty() || open.name != name) continue;
    if (!config.empty()) {
      if (const Errno number = open.graph->configure(config); number != Errno::success) return number;
    }
    out.write(handle);
    return Errno::success;
  }
  if (open_graphs_.size() >= graphs_max) return keep(nullptr, "", out);
  std::unique_ptr<Graph> graph;
  if (const Errno number = graphs_.open_named(name, tell_, graph); number != Errno::success) return number;
  if (!config.empty()) {
    if (const Errno number = graph->configure(config); number != Errno::success) return number;
  }
  if (const Errno number = graph->load(); number != Errno::success) return number;
  return keep(std::move(graph), std::string(name), out);
}

Errno Session::keep(std::unique_ptr<Graph> graph, std::string name, const OutNumber& out) {
  if (open_graphs_.size() >= graphs_max) {
    return refuse(tell_, Errno::busy,
                  fmt::format("a program may have {} graphs at once: unload one", graphs_max));
  }
  const std::uint32_t handle = next_graph_++;
  open_graphs_.emplace(handle, OpenGraph{std::move(graph), std::move(name)});
  out.write(handle);
  return Errno::success;
}

Errno Session::init_execution_context(const GuestMemory& memory, Arguments arguments) {
  const OutNumber out(memory, arguments[1]);
  if (!out) return refuse(tell_, Errno::invalid_argument, "the context's number has no place in memory");
  const auto graph = open_graphs_.find(arguments[0]);
  if (graph == open_graphs_.end()) {
    return refuse(tell_, Errno::invalid_argument, fmt::format("there is no graph {}", arguments[0]));
  }
  if (executions_.size() >= executions_max) {
    return refuse(tell_, Errno::busy,
                  fmt::format("a program may have {} contexts at once: finalize one", executions_max));
  }
  std::unique_ptr<Execution> execution;
  if (const Errno number = graph->second.graph->start(print_, execution); number != Errno::success)
    return number;
  const std::uint32_t handle = next_execution_++;
  executions_.emplace(handle, OpenExecution{graph->first, std::move(execution)});
  out.write(handle);
  return Errno::success;
}

Execution* Session::find(std::uint32_t handle) {
  const auto found = executions_.find(handle);
  return found == executions_.end() ? nullptr : found->second.execution.get();
}

Errno Session::unknown_execution(std::uint32_t handle) {
  return refuse(tell_, Errno::invalid_argument, fmt::format("there is no context {}", handle));
}

// A tensor is five numbers: dims, their count, type, data, its length. Of the type the low byte counts: the
// proposal has a u8 there, and nothing sets the other three.
Errno Session::set_input(const GuestMemory& memory, Arguments arguments) {
  Execution* const execution = find(arguments[0]);
  if (execution == nullptr) return unknown_execution(arguments[0]);
  std::array<std::uint32_t, 5> numbers{};
  if (!memory.read(arguments[2], numbers)) {
    return refuse(tell_, Errno::invalid_argument, "the tensor lies outside of memory");
  }
  const auto& [dims_address, dims_count, type, data_address, data_length] = numbers;
  if (dims_count > dims_max) {
    return refuse(tell_, Errno::invalid_argument, fmt::format("the tensor has {} dimensions", dims_count));
  }
  std::vector<std::uint32_t> dims(dims_count);
  const auto data = memory.bytes(data_address, data_length);
  if (!data || (dims_count > 0 && !memory.read(dims_address, dims))) {
    return refuse(tell_, Errno::invalid_argument, "a part of the tensor lies outside of memory");
  }
  return execution->set_input(arguments[1], {dims, static_cast<std::uint8_t>(type & 0xFFU), *data});
}

Errno Session::compute(const GuestMemory&, Arguments arguments) {
  Execution* const execution = find(arguments[0]);
  return execution == nullptr ? unknown_execution(arguments[0]) : execution->compute();
}

Errno Session::compute_single(const GuestMemory&, Arguments arguments) {
  Execution* const execution = find(arguments[0]);
  return execution == nullptr ? unknown_execution(arguments[0]) : execution->compute_single();
}

Errno Session::fini_single(const GuestMemory&, Arguments arguments) {
  Execution* const execution = find(arguments[0]);
  return execution == nullptr ? unknown_execution(arguments[0]) : execution->fini_single();
}

Errno Session::get_output(const GuestMemory& memory, Arguments arguments) {
  return copy_output(memory, arguments, &Execution::output);
}

Errno Session::get_output_single(const GuestMemory& memory, Arguments arguments) {
  return copy_output(memory, arguments, &Execution::output_single);
}

// Prebuilt programs pass a length of 0 with a buffer that is larger: then all is written, as far as memory
// goes.
Errno Session::copy_output(const GuestMemory& memory, Arguments arguments, Output output) {
  const auto [handle, index, address, length] =
      std::array{arguments[0], arguments[1], arguments[2], arguments[3]};
  Execution* const execution = find(handle);
  if (execution == nullptr) return unknown_execution(handle);
  const OutNumber written(memory, arguments[4]);
  if (!written) return refuse(tell_, Errno::invalid_argument, "the output's length has no place in memory");
  const auto given = memory.bytes(address, length);
  if (!given || address == 0) {
    return refuse(tell_, Errno::invalid_argument, "the buffer lies outside of memory");
  }
  std::span<const std::uint8_t> bytes;
  if (const Errno number = (execution->*output)(index, bytes); number != Errno::success) return number;
  const std::span<std::uint8_t> buffer = length == 0 ? memory.from(address) : *given;
  if (bytes.size() > buffer.size()) {
    // No news to anybody: programs ask once with a small buffer to learn the size.
    written.write(static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), UINT32_MAX)));
    return Errno::too_large;
  }
  if (!bytes.empty()) std::memcpy(buffer.data(), bytes.data(), bytes.size());
  written.write(static_cast<std::uint32_t>(bytes.size()));
  return Errno::success;
}

Errno Session::unload(const GuestMemory&, Arguments arguments) {
  const auto graph = open_graphs_.find(arguments[0]);
  if (graph == open_graphs_.end()) {
    return refuse(tell_, Errno::invalid_argument, fmt::format("there is no graph {}", arguments[0]));
  }
  std::erase_if(executions_, [&](const auto& open) { return open.second.graph == arguments[0]; });
  const std::string name = std::move(graph->second.name);
  open_graphs_.erase(graph);
  if (!name.empty()) graphs_.unloaded(name);
  return Errno::success;
}

Errno Session::finalize_execution_context(const GuestMemory&, Arguments arguments) {
  return executions_.erase(arguments[0]) == 1 ? Errno::success : unknown_execution(arguments[0]);
}

}  // namespace sluice::wasi_nn
