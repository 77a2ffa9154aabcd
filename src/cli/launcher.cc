// The program `sluice`. It runs WASI programs itself and needs the engine alone for that: that is why they
// start within milliseconds. All other commands, and the libraries that they need, are in libsluice.so,
// loaded for them.

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <exception>

#include "cli/exit_codes.h"
#include "cli/program_commands.h"

namespace {

// In the place of a standard descriptor that was closed, the next file that is opened here would be the
// program's input or output. So something lies there that has no content and cannot be written.
bool fill_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd) return false;
  }
  return true;
}

int load_and_run(int argc, char** argv) {
  // Found beside this program or in ../lib/sluice, by its run path.
  void* library = dlopen("libsluice.so", RTLD_NOW);
  using Main = int (*)(int, char**);
  auto* const sluice_main =
      library == nullptr ? nullptr : reinterpret_cast<Main>(dlsym(library, "sluice_main"));
  if (sluice_main == nullptr) {
    std::fprintf(stderr,
                 "sluice: load its library: %s; put libsluice.so and libwasmtime.so beside the program\n",
                 dlerror());
    return sluice::cli::exit_failed;
  }
  return sluice_main(argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace sluice::cli;
  if (!fill_standard_descriptors()) {
    std::fprintf(stderr,
                 "sluice: standard input, output or error is closed, and there is no /dev/null for it\n");
    return exit_failed;
  }
  const auto is = [&](const char* name) { return argc > 1 && std::strcmp(argv[1], name) == 0; };
  try {
    if (is("run")) {
      // Neural networks are the library's.
      if (const auto code = run_command({argv + 2, argv + argc}, nullptr)) return *code;
    }
    if (is("compile")) return compile_command({argv + 2, argv + argc});
    return load_and_run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sluice: %s\n", error.what());
  }
  return exit_failed;
}
