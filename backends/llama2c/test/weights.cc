#include "weights.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>

namespace sluice::backends::llama2c::test {
namespace {

template <typename T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_floats(std::string& out, const std::vector<float>& values) {
  out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

void put_dims(std::string& out, const Dims& dims, std::int32_t vocabulary) {
  for (const std::int32_t value :
       {dims.dim, dims.hidden, dims.layers, dims.heads, dims.heads_kv, vocabulary, dims.context}) {
    put(out, value);
  }
}

std::string versioned_header(const Weights& weights, std::int32_t version, std::int32_t group) {
  std::string out("24ka");
  put(out, version);
  put_dims(out, weights.dims, weights.dims.vocabulary);
  put(out, static_cast<std::uint8_t>(weights.shared ? 1 : 0));
  if (group > 0) put(out, group);
  out.resize(256);
  return out;
}

// How often a tensor is written: each layer's matrix is one of its own.
void put_quantized(std::string& out, const std::vector<float>& values, std::size_t tensors,
                   std::size_t group) {
  const std::size_t size = values.size() / tensors;
  for (std::size_t tensor = 0; tensor < tensors; ++tensor) {
    std::vector<float> scales;
    for (std::size_t begin = tensor * size; begin < (tensor + 1) * size; begin += group) {
      float most = 0;
      for (std::size_t i = begin; i < begin + group; ++i) most = std::max(most, std::abs(values[i]));
      const float scale = most / 127;
      scales.push_back(scale);
      for (std::size_t i = begin; i < begin + group; ++i)
        put(out, static_cast<std::int8_t>(scale > 0 ? std::nearbyint(values[i] / scale) : 0));
    }
    put_floats(out, scales);
  }
}

// All but the norms, in the order of the files.
void each_matrix(Weights& weights,
                 const std::function<void(std::vector<float>&, std::size_t tensors)>& call) {
  const auto layers = static_cast<std::size_t>(weights.dims.layers);
  call(weights.embedding, 1);
  for (std::vector<float>* matrix : {&weights.query, &weights.key, &weights.value, &weights.output,
                                     &weights.w1, &weights.w2, &weights.w3}) {
    call(*matrix, layers);
  }
  if (!weights.shared) call(weights.classifier, 1);
}

}  // namespace

Dims odd_dims() {
  return {.dim = 36, .hidden = 50, .layers = 3, .heads = 6, .heads_kv = 2, .vocabulary = 320, .context = 48};
}

Dims even_dims() {
  return {.dim = 64, .hidden = 96, .layers = 2, .heads = 4, .heads_kv = 4, .vocabulary = 320, .context = 64};
}

Weights random_weights(const Dims& dims, bool shared, unsigned seed) {
  std::mt19937 random(seed);
  const auto make = [&](std::size_t count, float mean, float deviation) {
    std::normal_distribution<float> normal(mean, deviation);
    std::vector<float> values(count);
    for (float& value : values) value = normal(random);
    return values;
  };
  const auto size = [](std::int32_t value) { return static_cast<std::size_t>(value); };
  const std::size_t dim = size(dims.dim);
  const std::size_t layers = size(dims.layers);
  const float deviation = 1.0F / std::sqrt(static_cast<float>(dims.dim));
  Weights all;
  all.dims = dims;
  all.shared = shared;
  all.embedding = make(size(dims.vocabulary) * dim, 0, 0.5F);
  all.norm_attention = make(layers * dim, 1, 0.2F);
  all.query = make(layers * dim * dim, 0, 2 * deviation);
  all.key = make(layers * dims.dim_kv() * dim, 0, 2 * deviation);
  all.value = make(layers * dims.dim_kv() * dim, 0, deviation);
  all.output = make(layers * dim * dim, 0, deviation);
  all.norm_hidden = make(layers * dim, 1, 0.2F);
  all.w1 = make(layers * size(dims.hidden) * dim, 0, deviation);
  all.w2 = make(layers * size(dims.hidden) * dim, 0, deviation);
  all.w3 = make(layers * size(dims.hidden) * dim, 0, deviation);
  all.norm_last = make(dim, 1, 0.2F);
  if (!shared) all.classifier = make(size(dims.vocabulary) * dim, 0, 0.5F);
  return all;
}

Weights rounded(Weights weights, std::size_t group) {
  each_matrix(weights, [group](std::vector<float>& values, std::size_t) {
    for (std::size_t begin = 0; begin < values.size(); begin += group) {
      float most = 0;
      for (std::size_t i = begin; i < begin + group; ++i) most = std::max(most, std::abs(values[i]));
      const float scale = most / 127;
      for (std::size_t i = begin; i < begin + group; ++i)
        values[i] = scale > 0 ? std::nearbyint(values[i] / scale) * scale : 0;
    }
  });
  return weights;
}

std::string legacy_file(const Weights& weights) {
  std::string out;
  put_dims(out, weights.dims, weights.shared ? weights.dims.vocabulary : -weights.dims.vocabulary);
  for (const std::vector<float>* tensor :
       {&weights.embedding, &weights.norm_attention, &weights.query, &weights.key, &weights.value,
        &weights.output, &weights.norm_hidden, &weights.w1, &weights.w2, &weights.w3, &weights.norm_last}) {
    put_floats(out, *tensor);
  }
  // Nobody reads the tables of positions.
  const auto context = static_cast<std::size_t>(weights.dims.context);
  put_floats(out, std::vector<float>(context * weights.dims.head(), std::nanf("")));
  if (!weights.shared) put_floats(out, weights.classifier);
  return out;
}

std::string version1_file(const Weights& weights) {
  std::string out = versioned_header(weights, 1, 0);
  for (const std::vector<float>* tensor : {&weights.norm_attention, &weights.norm_hidden, &weights.norm_last})
    put_floats(out, *tensor);
  Weights copy = weights;
  each_matrix(copy, [&](std::vector<float>& values, std::size_t) { put_floats(out, values); });
  return out;
}

std::string version2_file(const Weights& weights, std::int32_t group) {
  std::string out = versioned_header(weights, 2, group);
  for (const std::vector<float>* tensor : {&weights.norm_attention, &weights.norm_hidden, &weights.norm_last})
    put_floats(out, *tensor);
  Weights copy = weights;
  each_matrix(copy, [&](std::vector<float>& values, std::size_t tensors) {
    put_quantized(out, values, tensors, static_cast<std::size_t>(group));
  });
  return out;
}

std::string tokenizer_file(std::int32_t count) {
  struct Entry {
    std::string text;
    float score;
  };
  std::vector<Entry> all{{"<unk>", 0}, {"\n<s>\n", 0}, {"\n</s>\n", 0}};
  for (int byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", static_cast<unsigned>(byte));
    all.push_back({name, 0});
  }
  // Words, the sooner the gladlier; then the letters, which nothing is joined to.
  float score = -1;
  for (const char* word :
       {"he", "ll", " he", "llo", " hello", "el", "aa", "aaaa", "é!", "12", "{\"", "\":", "<s", "<s>"})
    all.push_back({word, score--});
  for (const char* letter : {" ", "h", "e",  "l", "o", "a", "w", "r", "d", "é",  "!", "1", "2", "3",
                             "{", "}", "\"", ":", "<", "s", ">", "/", ",", "\n", "b", "n", "m"}) {
    all.push_back({letter, score--});
  }
  while (all.size() < static_cast<std::size_t>(count))
    all.push_back({"#" + std::to_string(all.size()), score--});
  all.resize(static_cast<std::size_t>(count));
  std::string out;
  put(out, std::int32_t{8});
  for (const Entry& entry : all) {
    put(out, entry.score);
    put(out, static_cast<std::int32_t>(entry.text.size()));
    out += entry.text;
  }
  return out;
}

}  // namespace sluice::backends::llama2c::test
