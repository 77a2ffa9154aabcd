// Embeds texts with an embedding model and prints how alike each is to the first (the cosine, from -1 to 1).
//
//   sluice run --nn-preload default:GGML:AUTO:minilm embed.wasm default "a cat" "a kitten" "a motorway"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "wasi_nn.h"

namespace {

// The numbers of {"n_embedding":N,"embedding":[…]}.
std::vector<double> vector_of(const std::string& json) {
  std::vector<double> values;
  const std::size_t list = json.find('[');
  if (list == std::string::npos) return values;
  const char* at = json.c_str() + list + 1;
  while (*at != ']' && *at != '\0') {
    char* end = nullptr;
    values.push_back(std::strtod(at, &end));
    if (end == at) break;
    at = *end == ',' ? end + 1 : end;
  }
  return values;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: embed.wasm MODEL TEXT [TEXT…]\n");
    return 2;
  }
  wasi_nn::Model model(argv[1], R"({"embedding":true})");
  std::vector<double> first;
  for (int i = 2; i < argc; ++i) {
    model.set_text(argv[i]);
    model.compute();
    const std::vector<double> vector = vector_of(model.output());
    if (first.empty()) first = vector;
    double likeness = 0;  // vectors have the length 1
    for (std::size_t k = 0; k < vector.size() && k < first.size(); ++k) likeness += vector[k] * first[k];
    std::printf("%.3f  %s\n", likeness, argv[i]);
  }
}
