#include "cli/run_instances.h"

#include <cstdio>
#include <system_error>
#include <thread>

#include "cli/exit_codes.h"
#include "cli/program_support.h"

namespace sluice::cli {

namespace {

void replace_number(std::string& text, const std::string& number) {
  constexpr std::string_view placeholder = "{instance}";
  for (std::size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at)) {
    text.replace(at, placeholder.size(), number);
    at += number.size();
  }
}

int run_one(const wasm::Program& program, const wasm::RunOptions& options, const std::string& guest) {
  const auto outcome = wasm::run_program(program, options);
  if (!outcome) {
    Error error = outcome.error();
    error.what = guest + error.what;
    return report_program(error);
  }
  if (!outcome->message.empty())
    std::fprintf(stderr, "sluice: %s%s\n", guest.c_str(), outcome->message.c_str());
  return outcome->exit_code;
}

}  // namespace

int run_instances(const wasm::Program& program, const RunArguments& arguments,
                  const FunctionsForGuest& functions) {
  if (arguments.instances == 1) {
    wasm::RunOptions options = arguments.options;
    if (functions) options.functions = functions("");
    return run_one(program, options, "");
  }
  std::vector<int> codes(arguments.instances, exit_failed);
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < arguments.instances; ++i) {
    const auto run = [&, i] {
      const std::string number = std::to_string(i);
      wasm::RunOptions options = arguments.options;
      for (std::string& argument : options.arguments) replace_number(argument, number);
      for (auto& [name, value] : options.environment) replace_number(value, number);
      const std::string guest = "instance " + number + ": ";
      options.output = wasm::Output::whole_lines;
      if (functions) options.functions = functions(guest);
      codes[i] = run_one(program, options, guest);
    };
    try {
      threads.emplace_back(run);
    } catch (const std::system_error& error) {
      std::fprintf(stderr, "sluice: start instance %u: %s\n", i, error.what());
      break;
    }
  }
  for (std::thread& thread : threads) thread.join();
  for (const int code : codes) {
    if (code != 0) return code;
  }
  return exit_ok;
}

}  // namespace sluice::cli
