// The command line of `sluice run`, in the forms that WasmEdge's programs and guides use.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "wasm/run.h"

namespace sluice::cli {

// --nn-preload NAME:ENCODING:TARGET:PATH[:PATH…]
struct NnPreload {
  std::string name;
  std::string encoding;  // lower case, one of those that WASI-NN programs name
  std::string target;    // cpu, gpu, tpu or auto
  std::vector<std::string> paths;
};

struct RunArguments {
  std::string file;
  wasm::RunOptions options;
  std::optional<std::uint64_t> time_limit_ms;  // nothing for 0, too, as WasmEdge has it
  std::vector<NnPreload> models;
  std::uint32_t instances = 1;
  bool help = false;  // nothing else is set then
};

using IsFile = std::function<bool(const std::string&)>;

// `arguments` are those behind `run`. Options end at the first that isn't one, or at `--`; what follows the
// file is the guest's. `is_file` tells whether a name is a file: `--reactor` is followed by a function's
// name, or, as WasmEdge has it, by the file and then the function. Errors are invalid_input.
[[nodiscard]] Result<RunArguments> parse_run_arguments(const std::vector<std::string>& arguments,
                                                       const IsFile& is_file);

}  // namespace sluice::cli
