// Any bytes as a guest's memory and the calls of WASI-NN that it makes: nothing is read or written outside of
// the memory, which ends at a page that can't be touched, and each call returns one of the numbers of the
// ABI.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>

#include "nn/tensors.h"
#include "wasi_nn/session.h"

namespace {

using namespace sluice::wasi_nn;

constexpr std::size_t memory_bytes = 64U << 10U;
// Where texts for names lie, so that some calls succeed.
constexpr std::string_view names = "add\0fixed\0types\0any\0{\"n-predict\":1}\0preload:add";

// The memory, and behind it nothing.
std::span<std::uint8_t> guarded_memory() {
  static auto* const mapped = static_cast<std::uint8_t*>(
      mmap(nullptr, 2 * memory_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  static const int usable = mprotect(mapped, memory_bytes, PROT_READ | PROT_WRITE);
  if (mapped == MAP_FAILED || usable != 0) std::abort();
  return {mapped, memory_bytes};
}

// The fake backend under a name that programs ask for.
std::filesystem::path backends() {
  const auto folder = std::filesystem::temp_directory_path() / ("sluice-fuzz-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::filesystem::create_symlink(SLUICE_FAKE_BACKEND, folder / "sluice-nn-onnx.so");
  return folder;
}

Graphs& graphs() {
  static Graphs& made = [] -> Graphs& {
    Graphs::Settings settings;
    settings.models.backends = backends();
    // Networks of bytes need a process of their own; here none can be started.
    settings.models.program = settings.models.backends / "none";
    for (const char* kind : {"add", "fixed", "types", "any"}) {
      const auto file = settings.models.backends / kind;
      std::FILE* out = std::fopen(file.c_str(), "w");
      std::fprintf(out, "FAKE NET %s", kind);
      std::fclose(out);
      settings.named.push_back({kind, "onnx", "cpu", {file.string()}});
    }
    return *new Graphs(std::move(settings));
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t calls_max = 64;
  constexpr std::size_t call_bytes = 1 + 5 * sizeof(std::uint32_t);
  const std::span<std::uint8_t> memory = guarded_memory();
  std::ranges::fill(memory, std::uint8_t{0});
  std::ranges::copy(names, memory.begin() + 16);
  const std::size_t calls = std::min(size / call_bytes, calls_max);
  const std::span<const std::uint8_t> rest(data + calls * call_bytes, size - calls * call_bytes);
  std::ranges::copy(rest.first(std::min(rest.size(), memory.size() - 256)), memory.begin() + 256);

  Session session(graphs(), nullptr, nullptr);
  for (std::size_t i = 0; i < calls; ++i) {
    const std::uint8_t* const call = data + i * call_bytes;
    const auto functions = Session::functions();
    const Function& function = functions[call[0] % functions.size()];
    std::array<std::uint32_t, 5> arguments{};
    std::memcpy(arguments.data(), call + 1, sizeof arguments);
    const std::int32_t number =
        session.call(function, memory, std::span(arguments).first(function.parameters));
    if (number < 0 || (number > 8 && number < 100) || number > 103) std::abort();
  }
  return 0;
}
