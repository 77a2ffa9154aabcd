// Goes on with a text: for models that were made to tell and not to answer, such as those of llama2.c.
//
//   sluice run --nn-preload default:llama2c:CPU:stories15M.bin story.wasm default "Once upon a time"
//   … story.wasm MODEL BEGINNING [OPTIONS]

#include <cstdio>

#include "wasi_nn.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: story.wasm MODEL BEGINNING [OPTIONS]\n");
    return 2;
  }
  wasi_nn::Model model(argv[1], argc > 3 ? argv[3] : R"({"n-predict":200,"temp":0.8})");
  model.set_text(argv[2]);
  const std::int32_t number = wasi_nn::abi::wasi_nn_compute(model.context());
  // What fitted into the context is a story too.
  if (number != wasi_nn::context_full) wasi_nn::check(number, "compute");
  std::printf("%s%s\n", argv[2], model.output().c_str());
}
