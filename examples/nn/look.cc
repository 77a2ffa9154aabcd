// Asks a language model that can see about an image.
//
//   sluice run --dir .:. --nn-preload default:GGML:AUTO:llava.gguf look.wasm default mmproj.gguf cat.png
//   "What is it?" … look.wasm MODEL PROJECTOR IMAGE QUESTION [OPTIONS]
//
// PROJECTOR: a name of --nn-preload, or a file of a folder that --dir grants, as IMAGE is. OPTIONS: JSON, as
// docs/wasi-nn.md has it.

#include <cstdio>
#include <string>

#include "wasi_nn.h"

namespace {

// As a text in JSON.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: look.wasm MODEL PROJECTOR IMAGE QUESTION [OPTIONS]\n");
    return 2;
  }
  wasi_nn::Model model(argv[1], "{\"mmproj\":" + quoted(argv[2]) + "}");
  if (argc > 5) model.set_text(argv[5], 1);
  model.set_text("{\"image\":" + quoted(argv[3]) + "}", 1);
  // The form of conversation that LLaVA was trained with.
  model.set_text(std::string("USER:<image>\n") + argv[4] + "\nASSISTANT:");
  const std::int32_t number = wasi_nn::abi::wasi_nn_compute(model.context());
  // What fitted into the context is an answer too.
  if (number != wasi_nn::context_full) wasi_nn::check(number, "compute");
  std::printf("%s\n", model.output().c_str());
  std::fprintf(stderr, "%s\n", model.output(1).c_str());
}
