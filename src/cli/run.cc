// `sluice run`: a program of WASI, once, with what its options grant.

#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "cli/exit_codes.h"
#include "cli/program_commands.h"
#include "cli/program_support.h"
#include "cli/run_arguments.h"
#include "cli/run_instances.h"
#include "wasm/guest_stack.h"
#include "wasm/run.h"

namespace sluice::cli {

namespace {

constexpr const char* help =
    R"(Run a WebAssembly program: a core module of WASI preview 1, or a command component of WASI 0.2
Usage: sluice run [OPTIONS] [--] FILE [ARGUMENTS]

Options end at FILE: what follows it is the program's.
  --dir GUEST:HOST[:readonly]   A folder that the program may use, and what it calls it. Repeatable
  --dir FOLDER                  The same, under its own name
  --env NAME=VALUE              A variable of its environment. Repeatable
  --reactor FUNCTION            Call this function of a module without `_start` (after `_initialize`, if it has
                                that), with the arguments as numbers, and print its results. WasmEdge's order is
                                understood too: --reactor FILE FUNCTION
  --time-limit MS               End it after so many milliseconds
  --gas-limit N                 End it after so many instructions
  --memory-page-limit N         So many pages of 64 KiB for each memory
  --nn-preload NAME:ENCODING:TARGET:PATH[:PATH…]
                                A neural network that the program may use by this name (WASI-NN). Repeatable.
                                Encodings: ggml, llama2c, openvino, onnx, tensorflow, tensorflowlite, pytorch,
                                autodetect; targets: cpu, gpu, tpu, auto. PATH may name a model of the catalogue
  --instances N                 So many instances at once, a thread each; `{instance}` in arguments and
                                variables becomes each one's number, from 0 on
  -h, --help                    This text
Values follow as the next argument or behind `=`.

The program gets standard input, output and error, and nothing else of the machine unless an option grants it: no
files, no variables, no network. FILE may also be WebAssembly text or what `sluice compile` made. Code is compiled at
first use and kept in $SLUICE_CACHE or ~/.cache/sluice/code.

Examples:
  sluice run hello.wasm
  sluice run --dir data:./data:readonly --env LANG=en tool.wasm data/input.csv
  sluice run --nn-preload default:GGML:AUTO:smollm2 chat.wasm default

Exit codes: the program's own; 134 if it trapped or passed a limit; 2 wrong arguments or file; 3 it could not be run.
)";

std::array<char, 128> time_limit_message;
std::size_t time_limit_length = 0;

// The limit holds wherever the guest is, in a blocking read too, and before it begins: while its code is
// compiled. What it has written is written: nothing of it is kept in this process.
void on_time_limit(int) {
  static_cast<void>(write(STDERR_FILENO, time_limit_message.data(), time_limit_length));
  _exit(wasm::exit_trapped);
}

void limit_time(std::uint64_t limit_ms) {
  struct sigaction action{};
  sigaction(SIGALRM, nullptr, &action);
  // The launcher began to count before it loaded the library that this is in.
  if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) return;
  const int length =
      std::snprintf(time_limit_message.data(), time_limit_message.size(),
                    "sluice: the program was stopped: it ran %llu ms, its limit (--time-limit)\n",
                    static_cast<unsigned long long>(limit_ms));
  time_limit_length = static_cast<std::size_t>(length);
  action = {};
  action.sa_handler = on_time_limit;
  action.sa_flags = SA_ONSTACK;  // the guest may have filled the stack
  sigaction(SIGALRM, &action, nullptr);
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(limit_ms / 1'000);
  timer.it_value.tv_usec = static_cast<suseconds_t>(limit_ms % 1'000 * 1'000);
  setitimer(ITIMER_REAL, &timer, nullptr);
}

bool exists(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}

std::optional<int> run(const std::vector<std::string>& arguments, const OpenNeural& neural) {
  // The guest's writes into a closed pipe end this process, as they would end any program.
  std::signal(SIGPIPE, SIG_DFL);
  auto parsed = parse_run_arguments(arguments, exists);
  if (!parsed) return report_program(parsed.error());
  if (parsed->help) return print_help(help);
  if (parsed->time_limit_ms) limit_time(*parsed->time_limit_ms);
  wasm::RunOptions& options = parsed->options;
  options.program_name = std::filesystem::path(parsed->file).filename().replace_extension(".wasm").string();
  const wasm::Gas gas = options.gas_max ? wasm::Gas::counted : wasm::Gas::uncounted;
  auto program = wasm::load_program(parsed->file, gas, open_cache());
  if (!program) return report_program(program.error());
  const bool wants_neural = !parsed->models.empty() || wasm::imports_from(*program, "wasi_ephemeral_nn");
  if (wants_neural && !neural) return std::nullopt;
  FunctionsForGuest functions;
  if (wants_neural) {
    auto opened = neural(*parsed);
    if (!opened) return report_program(opened.error());
    functions = std::move(*opened);
  }
  const int code = run_instances(*program, *parsed, functions);
  std::fflush(nullptr);
  // The kernel takes memory back faster than the engine gives it.
  _exit(code);
}

}  // namespace

std::optional<int> run_command(const std::vector<std::string>& arguments, const OpenNeural& neural) {
  std::optional<int> code;
  wasm::on_guest_stack([&] { code = run(arguments, neural); });
  return code;
}

}  // namespace sluice::cli
