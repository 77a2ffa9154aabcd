// Reads the command line; each command is a file of its own. What the program itself is: launcher.cc.

#include <charconv>
#include <csignal>
#include <iostream>
#include <string_view>

#include "base/log.h"
#include "cli/command.h"
#include "cli/neural.h"
#include "cli/program_commands.h"
#include "nn/file_work.h"
#include "nn/models.h"
#include "nn/tensor_worker.h"

namespace {

struct LogChoice {
  std::string level;
  std::string format = "text";
};

// For the program and, so that they may stand behind a command too, for each command.
void add_log_options(CLI::App& command, LogChoice& choice) {
  command
      .add_option("--log-level", choice.level,
                  "debug, info, warn or error. Default: info for `up` and `serve`, warn for the others")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  command.add_option("--log-format", choice.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  for (CLI::App* const below : command.get_subcommands({})) add_log_options(*below, choice);
}

// These read their own arguments: after a program's file, everything is the program's.
void add_program_command(CLI::App& program, const std::string& name, const std::string& what,
                         const std::function<int(const std::vector<std::string>&)>& command, int& exit_code) {
  CLI::App* added = program.add_subcommand(name, what);
  added->prefix_command();
  added->set_help_flag();
  added->callback([added, command, &exit_code] { exit_code = command(added->remaining()); });
}

int run(int argc, char** argv) {
  using namespace sluice;
  CLI::App program(
      "Runs agents, bots and functions as sandboxed WebAssembly components, with every call through one "
      "gate.",
      "sluice");
  // One at most; that there is none is said below, in words that do not hide an unknown one.
  program.require_subcommand(0, 1);
  program.set_version_flag("--version", "sluice " SLUICE_VERSION);
  program.set_help_all_flag("--help-all", "Help of all commands");
  LogOptions log_options;
  LogChoice log_choice;
  program.parse_complete_callback([&] {
    const bool serves = program.got_subcommand("up") || program.got_subcommand("serve");
    const LogLevel usual = serves ? LogLevel::info : LogLevel::warn;
    log_options.level = log_level_of(log_choice.level).value_or(usual);
    log_options.format = log_choice.format == "json" ? LogFormat::json : LogFormat::text;
    configure_log(log_options);
  });
  int exit_code = cli::exit_ok;
  cli::add_review(program, exit_code);
  cli::add_up(program, exit_code);
  cli::add_check(program, exit_code);
  cli::add_invoke(program, exit_code);
  cli::add_new(program, exit_code);
  cli::add_serve(program, exit_code);
  cli::add_model(program, exit_code);
  add_log_options(program, log_choice);
  const auto run_program = [](const std::vector<std::string>& arguments) {
    return cli::run_command(arguments, cli::open_neural).value_or(cli::exit_failed);
  };
  add_program_command(program, "run", "Run a WebAssembly program (WASI)", run_program, exit_code);
  add_program_command(program, "compile", "Compile a WebAssembly program for `sluice run`",
                      cli::compile_command, exit_code);
  try {
    program.parse(argc, argv);
    if (program.get_subcommands().empty()) throw CLI::RequiredError("A command");
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;  // --help, --version
    const int code = program.exit(error);
    return asked ? code : cli::exit_usage;
  }
  return exit_code;
}

// `sluice nn-worker FD PLUGIN`, and nn-file and nn-tensors: workers of layer nn, which starts this program
// so. Not for people.
int run_model_worker(std::string_view kind, const char* socket, const char* plugin) {
  int fd = -1;
  const std::string_view text = socket;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
  if (error != std::errc() || end != text.data() + text.size() || fd < 0) return sluice::cli::exit_usage;
  if (kind == "nn-file") return sluice::nn::run_file_worker(fd, plugin);
  if (kind == "nn-tensors") return sluice::nn::run_tensor_worker(fd, plugin);
  return sluice::nn::run_worker(fd, plugin);
}

}  // namespace

// Called by the launcher: `main` of every command that it does not run itself.
extern "C" int sluice_main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const std::string_view first = argc == 4 ? argv[1] : "";
    if (first.starts_with("nn-")) return run_model_worker(first, argv[2], argv[3]);
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "sluice: " << error.what() << "\n";
  }
  return sluice::cli::exit_failed;
}
