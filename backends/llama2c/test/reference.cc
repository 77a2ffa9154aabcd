#include "reference.h"

#include <algorithm>
#include <cmath>
#include <complex>

namespace sluice::backends::llama2c::test {
namespace {

using Vector = std::vector<double>;

Vector times(const std::vector<float>& matrices, std::size_t which, std::size_t rows, const Vector& vector) {
  Vector out(rows, 0);
  const std::size_t begin = which * rows * vector.size();
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < vector.size(); ++c)
      out[r] += static_cast<double>(matrices[begin + r * vector.size() + c]) * vector[c];
  }
  return out;
}

Vector normalized(const Vector& vector, const std::vector<float>& weights, std::size_t which) {
  double squares = 0;
  for (const double value : vector) squares += value * value;
  const double length = std::sqrt(squares / static_cast<double>(vector.size()) + 1e-5);
  Vector out;
  for (std::size_t i = 0; i < vector.size(); ++i)
    out.push_back(vector[i] / length * static_cast<double>(weights[which * vector.size() + i]));
  return out;
}

// Two neighbours are a complex number, which is turned.
void turn(Vector& vector, std::size_t head, std::size_t position) {
  for (std::size_t i = 0; i < vector.size(); i += 2) {
    const double frequency = std::pow(10000.0, -static_cast<double>(i % head) / static_cast<double>(head));
    const std::complex<double> turned =
        std::complex(vector[i], vector[i + 1]) * std::polar(1.0, static_cast<double>(position) * frequency);
    vector[i] = turned.real();
    vector[i + 1] = turned.imag();
  }
}

void add(Vector& to, const Vector& what) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += what[i];
}

// Keys and values of the positions so far, of one layer.
struct Past {
  std::vector<Vector> keys, values;
};

Vector attention(const Dims& dims, const Vector& query, const Past& past) {
  const std::size_t head = dims.head();
  const auto heads = static_cast<std::size_t>(dims.heads);
  const std::size_t sharing = heads / static_cast<std::size_t>(dims.heads_kv);
  Vector out(query.size(), 0);
  for (std::size_t h = 0; h < heads; ++h) {
    const std::size_t from = h / sharing * head;
    Vector weights;
    for (const Vector& key : past.keys) {
      double score = 0;
      for (std::size_t i = 0; i < head; ++i) score += query[h * head + i] * key[from + i];
      weights.push_back(score / std::sqrt(static_cast<double>(head)));
    }
    const double most = *std::ranges::max_element(weights);
    double sum = 0;
    for (double& weight : weights) sum += weight = std::exp(weight - most);
    for (std::size_t t = 0; t < weights.size(); ++t) {
      for (std::size_t i = 0; i < head; ++i) out[h * head + i] += weights[t] / sum * past.values[t][from + i];
    }
  }
  return out;
}

}  // namespace

std::vector<std::vector<double>> reference_logits(const Weights& weights,
                                                  const std::vector<std::int32_t>& tokens) {
  const Dims& dims = weights.dims;
  const auto dim = static_cast<std::size_t>(dims.dim);
  const auto hidden = static_cast<std::size_t>(dims.hidden);
  std::vector<Past> pasts(static_cast<std::size_t>(dims.layers));
  std::vector<Vector> all;
  for (std::size_t position = 0; position < tokens.size(); ++position) {
    const auto row = weights.embedding.begin() + tokens[position] * static_cast<std::ptrdiff_t>(dim);
    Vector state(row, row + static_cast<std::ptrdiff_t>(dim));
    for (std::size_t layer = 0; layer < pasts.size(); ++layer) {
      const Vector normed = normalized(state, weights.norm_attention, layer);
      Vector query = times(weights.query, layer, dim, normed);
      Vector key = times(weights.key, layer, dims.dim_kv(), normed);
      turn(query, dims.head(), position);
      turn(key, dims.head(), position);
      pasts[layer].keys.push_back(key);
      pasts[layer].values.push_back(times(weights.value, layer, dims.dim_kv(), normed));
      add(state, times(weights.output, layer, dim, attention(dims, query, pasts[layer])));
      const Vector again = normalized(state, weights.norm_hidden, layer);
      Vector gate = times(weights.w1, layer, hidden, again);
      const Vector up = times(weights.w3, layer, hidden, again);
      for (std::size_t i = 0; i < hidden; ++i) gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
      add(state, times(weights.w2, layer, dim, gate));
    }
    all.push_back(times(weights.shared ? weights.embedding : weights.classifier, 0,
                        static_cast<std::size_t>(dims.vocabulary), normalized(state, weights.norm_last, 0)));
  }
  return all;
}

}  // namespace sluice::backends::llama2c::test
