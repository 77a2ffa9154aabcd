// Checkpoints and tokenizers made for tests, written as llama2.c's export.py writes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::backends::llama2c::test {

struct Dims {
  std::int32_t dim, hidden, layers, heads, heads_kv, vocabulary, context;
  [[nodiscard]] std::size_t head() const { return static_cast<std::size_t>(dim / heads); }
  [[nodiscard]] std::size_t dim_kv() const { return head() * static_cast<std::size_t>(heads_kv); }
};

// Layers follow each other in each tensor.
struct Weights {
  Dims dims{};
  bool shared = true;
  std::vector<float> embedding, norm_attention, query, key, value, output, norm_hidden, w1, w2, w3, norm_last,
      classifier;
};

// Small ones: heads of 6, three of them for one of keys and values; no size is a multiple of 16.
[[nodiscard]] Dims odd_dims();
// Sizes that groups of 32 divide.
[[nodiscard]] Dims even_dims();
[[nodiscard]] Weights random_weights(const Dims& dims, bool shared, unsigned seed);
// As they are after 8 bits and a scale for each group.
[[nodiscard]] Weights rounded(Weights weights, std::size_t group);

[[nodiscard]] std::string legacy_file(const Weights& weights);
[[nodiscard]] std::string version1_file(const Weights& weights);
[[nodiscard]] std::string version2_file(const Weights& weights, std::int32_t group);

// Letters, and words with blanks before them that are joined of each other; `count` tokens.
[[nodiscard]] std::string tokenizer_file(std::int32_t count);

}  // namespace sluice::backends::llama2c::test
