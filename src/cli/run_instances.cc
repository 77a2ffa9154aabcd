#include "cli/run_instances.h"

#include <unistd.h>

#include <cstdio>
#include <list>
#include <memory>
#include <system_error>

#include "base/write_all.h"
#include "cli/exit_codes.h"
#include "cli/program_support.h"
#include "wasm/guest_stack.h"

namespace sluice::cli {

namespace {

void replace_number(std::string& text, const std::string& number) {
  constexpr std::string_view placeholder = "{instance}";
  for (std::size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at)) {
    text.replace(at, placeholder.size(), number);
    at += number.size();
  }
}

// Nobody can be told that standard output is closed.
void print_at_once(std::string_view bytes) {
  static_cast<void>(write_all(STDOUT_FILENO, bytes));
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

int run_numbered(const wasm::Program& program, const RunArguments& arguments,
                 const FunctionsForGuest& functions, std::uint32_t instance) {
  const std::string number = std::to_string(instance);
  wasm::RunOptions options = arguments.options;
  for (std::string& argument : options.arguments) replace_number(argument, number);
  for (auto& [name, value] : options.environment) replace_number(value, number);
  const std::string guest = "instance " + number + ": ";
  const auto output = std::make_shared<wasm::LineOutput>(STDOUT_FILENO);
  options.standard_output = output;
  options.standard_error = std::make_shared<wasm::LineOutput>(STDERR_FILENO);
  if (functions) {
    options.functions = functions(guest, [output](std::string_view bytes) { output->add(bytes); });
  }
  return run_one(program, options, guest);
}

}  // namespace

int run_instances(const wasm::Program& program, const RunArguments& arguments,
                  const FunctionsForGuest& functions) {
  if (arguments.instances == 1) {
    wasm::RunOptions options = arguments.options;
    if (functions) options.functions = functions("", print_at_once);
    return run_one(program, options, "");
  }
  std::vector<int> codes(arguments.instances, exit_failed);
  {
    std::list<wasm::GuestThread> threads;
    for (std::uint32_t i = 0; i < arguments.instances; ++i) {
      try {
        threads.emplace_back([&, i] { codes[i] = run_numbered(program, arguments, functions, i); });
      } catch (const std::system_error& error) {
        std::fprintf(stderr, "sluice: start instance %u: %s\n", i, error.what());
        break;
      }
    }
  }
  for (const int code : codes) {
    if (code != 0) return code;
  }
  return exit_ok;
}

}  // namespace sluice::cli
