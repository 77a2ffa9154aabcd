// WASI-NN for one guest: the functions of the module `wasi_ephemeral_nn`, their numbers in guest memory, and
// the handles that they give out.
//
// The ABI is that of WasmEdge 0.14 to 0.17 (docs/wasi-nn.md), a superset of the proposal's: all parameters
// and results are i32, texts and lists are an address and a length in the memory that the caller exports.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "wasi_nn/graph.h"
#include "wasi_nn/graphs.h"
#include "wasi_nn/guest_memory.h"
#include "wasi_nn/messages.h"

namespace sluice::wasi_nn {

class Session;

// One function of the module.
struct Function {
  std::string_view name;
  std::size_t parameters;
  Errno (Session::*call)(const GuestMemory& memory, std::span<const std::uint32_t> arguments);
};

// Belongs to one guest and its thread. Handles count from 0 for each guest; those of others mean nothing
// here.
class Session {
 public:
  static constexpr std::string_view module = "wasi_ephemeral_nn";
  [[nodiscard]] static std::span<const Function> functions();

  // `graphs` outlives it, and is shared with other guests.
  Session(Graphs& graphs, Tell tell, Print print);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // `arguments` are as many as the function has parameters.
  [[nodiscard]] std::int32_t call(const Function& function, std::span<std::uint8_t> memory,
                                  std::span<const std::uint32_t> arguments);

 private:
  struct OpenGraph {
    std::unique_ptr<Graph> graph;
    std::string name;  // empty: of bytes
  };
  struct OpenExecution {
    std::uint32_t graph = 0;
    std::unique_ptr<Execution> execution;
  };
  using Arguments = std::span<const std::uint32_t>;

  Errno load(const GuestMemory& memory, Arguments arguments);
  Errno load_by_name(const GuestMemory& memory, Arguments arguments);
  Errno load_by_name_with_config(const GuestMemory& memory, Arguments arguments);
  Errno init_execution_context(const GuestMemory& memory, Arguments arguments);
  Errno set_input(const GuestMemory& memory, Arguments arguments);
  Errno compute(const GuestMemory& memory, Arguments arguments);
  Errno compute_single(const GuestMemory& memory, Arguments arguments);
  Errno fini_single(const GuestMemory& memory, Arguments arguments);
  Errno get_output(const GuestMemory& memory, Arguments arguments);
  Errno get_output_single(const GuestMemory& memory, Arguments arguments);
  Errno unload(const GuestMemory& memory, Arguments arguments);
  Errno finalize_execution_context(const GuestMemory& memory, Arguments arguments);

  Errno open_named(std::string_view name, std::string_view config, const OutNumber& out);
  Errno keep(std::unique_ptr<Graph> graph, std::string name, const OutNumber& out);
  [[nodiscard]] Execution* find(std::uint32_t handle);
  Errno unknown_execution(std::uint32_t handle);
  using Output = Errno (Execution::*)(std::uint32_t, std::span<const std::uint8_t>&);
  Errno copy_output(const GuestMemory& memory, Arguments arguments, Output output);

  Graphs& graphs_;
  Tell tell_;
  Print print_;
  std::string_view calling_;
  std::map<std::uint32_t, OpenGraph> open_graphs_;
  std::map<std::uint32_t, OpenExecution> executions_;
  std::uint32_t next_graph_ = 0;
  std::uint32_t next_execution_ = 0;
};

}  // namespace sluice::wasi_nn
