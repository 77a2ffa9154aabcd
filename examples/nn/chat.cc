// Asks a language model and prints its answer as it comes.
//
//   sluice run --nn-preload default:GGML:AUTO:smollm2 chat.wasm default "What is a sluice?"
//   … chat.wasm MODEL QUESTION [OPTIONS]       OPTIONS: JSON, as docs/wasi-nn.md has it

#include <cstdio>
#include <string>

#include "wasi_nn.h"

int main(int argc, char** argv) {
  using namespace wasi_nn;
  if (argc < 3) {
    std::fprintf(stderr, "usage: chat.wasm MODEL QUESTION [OPTIONS]\n");
    return 2;
  }
  Model model(argv[1], argc > 3 ? argv[3] : "{}");
  // The form of conversation that SmolLM2 was trained with.
  model.set_text(std::string("<|im_start|>user\n") + argv[2] + "<|im_end|>\n<|im_start|>assistant\n");
  std::int32_t number = 0;
  while ((number = abi::wasi_nn_compute_single(model.context())) == 0) {
    char piece[256];
    std::uint32_t size = 0;
    check(abi::wasi_nn_get_output_single(model.context(), 0, piece, sizeof piece, &size),
          "get_output_single");
    std::fwrite(piece, 1, size, stdout);
    std::fflush(stdout);
  }
  std::printf("\n");
  if (number != end_of_sequence && number != context_full) check(number, "compute_single");
  check(abi::wasi_nn_fini_single(model.context()), "fini_single");
  std::fprintf(stderr, "%s\n", model.output(1).c_str());
}
