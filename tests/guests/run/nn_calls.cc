// Calls the functions of WASI-NN with the numbers of its arguments and prints what they return: CALL=NUMBERS
// each, one after the other. `=text` puts a text into memory; in numbers, `p` is the address of the last
// text, `n` its length, `o` a place for a number, `O` what was written there, `b` a buffer of 64 KiB. `show`
// prints the buffer's text. `spin` never ends.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "wasi_nn.h"

namespace {

char buffer[65536];
std::uint32_t out;

std::uint32_t address(const void* place) {
  return reinterpret_cast<std::uint32_t>(place);
}

std::int32_t call(std::string_view name, const std::vector<std::uint32_t>& n) {
  using namespace wasi_nn::abi;
  const auto pointer = [&](std::size_t i) { return reinterpret_cast<void*>(n.at(i)); };
  const auto number = [&](std::size_t i) { return reinterpret_cast<std::uint32_t*>(n.at(i)); };
  const auto text = [&](std::size_t i) { return reinterpret_cast<const char*>(n.at(i)); };
  if (name == "load")
    return wasi_nn_load(static_cast<Builder*>(pointer(0)), n.at(1), n.at(2), n.at(3), number(4));
  if (name == "load_by_name") return wasi_nn_load_by_name(text(0), n.at(1), number(2));
  if (name == "load_by_name_with_config")
    return wasi_nn_load_by_name_with_config(text(0), n.at(1), text(2), n.at(3), number(4));
  if (name == "init_execution_context") return wasi_nn_init_execution_context(n.at(0), number(1));
  if (name == "set_input") return wasi_nn_set_input(n.at(0), n.at(1), static_cast<Tensor*>(pointer(2)));
  if (name == "compute") return wasi_nn_compute(n.at(0));
  if (name == "compute_single") return wasi_nn_compute_single(n.at(0));
  if (name == "fini_single") return wasi_nn_fini_single(n.at(0));
  if (name == "get_output") return wasi_nn_get_output(n.at(0), n.at(1), pointer(2), n.at(3), number(4));
  if (name == "get_output_single")
    return wasi_nn_get_output_single(n.at(0), n.at(1), pointer(2), n.at(3), number(4));
  if (name == "unload") return wasi_nn_unload(n.at(0));
  if (name == "finalize_execution_context") return wasi_nn_finalize_execution_context(n.at(0));
  std::fprintf(stderr, "no such call\n");
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  std::string text;
  std::uint32_t dims[1] = {1};
  wasi_nn::abi::Tensor tensor{dims, 1, 3, nullptr, 0};
  for (int i = 1; i < argc; ++i) {
    const std::string_view step = argv[i];
    if (step == "spin") {
      while (true) asm volatile("");
    }
    if (step == "show") {
      std::printf("%s\n", buffer);
      std::memset(buffer, 0, sizeof buffer);
      continue;
    }
    if (step.starts_with('=')) {
      text = step.substr(1);
      tensor.data = text.data();
      tensor.size = text.size();
      dims[0] = text.size();
      continue;
    }
    const std::size_t equals = step.find('=');
    std::vector<std::uint32_t> numbers;
    std::string rest(equals == std::string_view::npos ? std::string_view() : step.substr(equals + 1));
    for (char* at = std::strtok(rest.data(), ","); at != nullptr; at = std::strtok(nullptr, ",")) {
      switch (*at) {
        case 'p':
          numbers.push_back(address(text.data()));
          break;
        case 'n':
          numbers.push_back(text.size());
          break;
        case 'o':
          numbers.push_back(address(&out));
          break;
        case 'O':
          numbers.push_back(out);
          break;
        case 'b':
          numbers.push_back(address(buffer));
          break;
        case 't':
          numbers.push_back(address(&tensor));
          break;
        default:
          numbers.push_back(std::strtoul(at, nullptr, 0));
      }
    }
    std::printf("%d\n", static_cast<int>(call(step.substr(0, equals), numbers)));
    std::fflush(stdout);
  }
}
