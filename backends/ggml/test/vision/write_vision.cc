// Writes into a folder what the tests of the whole program show to models: vision FOLDER.
#include <cstdio>
#include <fstream>
#include <string>

#include "picture.h"
#include "projector_file.h"
#include "tiny_model.h"

int main(int argc, char** argv) {
  using namespace sluice::backends::ggml::test;
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_vision FOLDER\n");
    return 2;
  }
  const std::string folder = std::string(argv[1]) + "/";
  bool good = true;
  for (const char* const architecture : {"llama", "qwen2vl"})
    good = good && write_tiny_model(folder + architecture + ".gguf", architecture);
  for (const char* const kind : {"mlp", "idefics3", "gemma3", "qwen2vl_merger"})
    good = good && write_projector(folder + "mmproj-" + kind + ".gguf", kind, tiny_width);
  constexpr unsigned smollm_width = 576;
  good = good && write_projector(folder + "mmproj-smollm.gguf", "mlp", smollm_width);
  for (unsigned seed = 1; seed <= 3; ++seed)
    std::ofstream(folder + "picture-" + std::to_string(seed) + ".png", std::ios::binary)
        << picture(40, 30, seed);
  return good ? 0 : 1;
}
