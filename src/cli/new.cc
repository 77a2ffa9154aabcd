// `sluice new`: makes an app that builds and runs.

#include <cstdlib>
#include <iostream>

#include "cli/command.h"
#include "cli/new_app.h"

namespace sluice::cli {

namespace {

struct Options {
  std::string name;
  std::string folder = ".";
};

// For a shell: as it is, or in quotes where it has other than the plainest characters.
std::string for_shell(const std::string& text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./+:@%,=";
  if (!text.empty() && text.front() != '-' && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

void print_next_steps(const std::filesystem::path& folder, const std::filesystem::path& program) {
  const std::string sluice = for_shell(program.string());
  std::cout << "Made the app in " << folder.string() << ": a function in C++ with its manifest and tests.\n\n"
            << "Build it, test it, run it:\n"
            << "  cd " << for_shell(folder.string()) << "\n"
            << "  cmake -B build && cmake --build build\n"
            << "  ctest --test-dir build\n"
            << "  " << sluice << " invoke . --data '{\"name\":\"Ada\"}'\n\n"
            << "Then change function.cc. README.md says what is where; `" << sluice
            << " check .` prints what the app can reach.\n";
}

int run(const Options& options) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  auto sdk = find_sdk(program_folder(), std::getenv("SLUICE_SDK"));
  if (!sdk) return report(sdk.error());
  auto folder = make_app({options.name, options.folder, *sdk, program});
  if (!folder) return report(folder.error());
  print_next_steps(*folder, program);
  return exit_ok;
}

}  // namespace

void add_new(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("new", "Make an app: a function in C++ with its manifest and tests");
  command
      ->add_option("NAME", options->name, "The app's name and folder: lower-case words with hyphens between")
      ->required();
  command->add_option("--dir", options->folder, "The folder in which it is made")
      ->type_name("DIR")
      ->capture_default_str();
  command->footer(
      "Examples:\n"
      "  sluice new hello                      makes ./hello\n"
      "  sluice new nightly-report --dir apps  makes apps/nightly-report\n\n"
      "The app is built with the SDK for C++ guests, which is looked for in $SLUICE_SDK and beside this "
      "program.\n\n"
      "Exit codes: 0 made, 2 wrong usage, name or folder, 3 it could not be made. Nothing half done is "
      "left.");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace sluice::cli
