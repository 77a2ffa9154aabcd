// A checkpoint of llama2.c (github.com/karpathy/llama2.c, export.py): its header, and where its weights lie.
//
// Little-endian. Legacy files begin with the seven numbers of Shape as int32 (a negative vocabulary: the
// classifier has weights of its own) and go on with float32 tensors: token embedding, attention norms, wq,
// wk, wv, wo, feed-forward norms, w1, w2, w3, last norm, two tables for positions that nobody reads any more,
// classifier. Files with versions begin with "24ka", the version, the seven numbers, a byte that says whether
// the classifier is the token embedding, and, in version 2, the size of groups; at 256 come the norms of all
// layers, both kinds, the last norm, and the matrices in the same order: as float32 in version 1; in version
// 2 each as int8 and then a float32 scale for each group.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/result.h"
#include "mapped_file.h"
#include "matrix.h"

namespace sluice::backends::llama2c {

struct Shape {
  std::uint32_t width = 0;   // of a token's vector ("dim")
  std::uint32_t hidden = 0;  // of the feed-forward networks
  std::uint32_t layers = 0;
  std::uint32_t heads = 0;
  std::uint32_t heads_kv = 0;  // of keys and values; several heads may share one
  std::uint32_t vocabulary = 0;
  std::uint32_t context = 0;  // tokens that it was trained for

  [[nodiscard]] std::uint32_t head() const { return width / heads; }
  [[nodiscard]] std::uint32_t width_kv() const { return head() * heads_kv; }
};

struct Layer {
  const float* attention_norm = nullptr;
  const float* hidden_norm = nullptr;
  Matrix query, key, value, output;  // wq, wk, wv, wo
  Matrix gate, down, up;             // w1, w2, w3
};

struct Checkpoint {
  enum class Format : std::uint8_t { legacy, float32, q8_0 };
  Format format = Format::legacy;
  Shape shape;
  bool has_classifier = false;  // of its own
  std::uint32_t group = 0;      // of Q8_0
  std::uint64_t parameters = 0;
  Matrix embedding, classifier;
  std::vector<Layer> layers;
  const float* last_norm = nullptr;
  MappedFile file;

  // NOT_FOUND, CORRUPT, UNSUPPORTED, BROKEN.
  static Result<Checkpoint> open(const std::string& path);
};

// Whether every number is finite; looks at all of them.
[[nodiscard]] Result<void> check_numbers(const Checkpoint& checkpoint, const std::string& path);

inline constexpr std::uint32_t checkpoint_magic = 0x616b3432;
inline constexpr std::size_t versioned_header_bytes = 256;

}  // namespace sluice::backends::llama2c
