#include "forward.h"

#include <algorithm>
#include <cmath>

namespace sluice::backends::llama2c {
namespace {

// Less than so many products are not worth waking a thread for.
constexpr std::size_t products_per_thread = 256 * 1024;

}  // namespace

Forward::Forward(const Checkpoint& checkpoint, Cells& cells, Workers& workers)
    : checkpoint_(checkpoint), cells_(cells), workers_(workers), scratch_(workers.count()) {
  constexpr double base = 10000;
  const std::uint32_t head = checkpoint.shape.head();
  for (std::uint32_t i = 0; i < head; i += 2)
    frequencies_.push_back(static_cast<float>(std::pow(base, -static_cast<double>(i) / head)));
}

std::uint64_t Forward::bytes(const Shape& shape, std::uint32_t steps) {
  const std::uint64_t row =
      std::uint64_t{4} * shape.width + 2ULL * shape.width_kv() + 2ULL * shape.hidden + shape.head();
  return row * steps * sizeof(float);
}

void Forward::split(std::size_t count, std::size_t work_per_one,
                    const std::function<void(Rows, std::span<float>)>& work) {
  const std::size_t worth = std::max<std::size_t>(count * work_per_one / products_per_thread, 1);
  const std::size_t parts = std::min({threads_, worth, count});
  workers_.run(parts, [&](std::size_t part) {
    work({count * part / parts, count * (part + 1) / parts}, scratch_[part]);
  });
}

void Forward::prepare(std::span<const Step> steps, std::vector<float>& logits) {
  const Shape& shape = checkpoint_.shape;
  const std::size_t count = steps.size();
  const std::size_t pairs = frequencies_.size();
  std::size_t outputs = 0;
  std::size_t longest = 0;
  for (const Step& step : steps) {
    outputs += step.output ? 1 : 0;
    longest = std::max<std::size_t>(longest, step.position + std::size_t{1});
  }
  for (std::vector<float>* rows : {&state_, &normed_, &branch_, &queries_}) rows->resize(count * shape.width);
  for (std::vector<float>* rows : {&keys_, &values_}) rows->resize(count * shape.width_kv());
  for (std::vector<float>* rows : {&gates_, &ups_}) rows->resize(count * shape.hidden);
  for (std::vector<float>* rows : {&cosines_, &sines_}) rows->resize(count * pairs);
  const std::size_t scratch = std::max(scratch_floats(std::max(shape.width, shape.hidden)), longest);
  for (std::vector<float>& each : scratch_) each.resize(std::max(each.size(), scratch));
  logits.resize(outputs * shape.vocabulary);
  for (std::size_t i = 0; i < count; ++i) {
    copy_row(checkpoint_.embedding, static_cast<std::size_t>(steps[i].token), &state_[i * shape.width]);
    for (std::size_t p = 0; p < pairs; ++p) {
      const float angle = static_cast<float>(steps[i].position) * frequencies_[p];
      cosines_[i * pairs + p] = std::cos(angle);
      sines_[i * pairs + p] = std::sin(angle);
    }
  }
}

void Forward::normalize_all(const float* weights, std::size_t count) {
  const std::size_t width = checkpoint_.shape.width;
  for (std::size_t i = 0; i < count; ++i) normalize(&normed_[i * width], &state_[i * width], weights, width);
}

void Forward::add_branch(std::size_t count) {
  const std::size_t size = count * checkpoint_.shape.width;
  for (std::size_t i = 0; i < size; ++i) state_[i] += branch_[i];
}

// Turns queries and keys by their positions, and puts keys and values where later tokens find them.
void Forward::keep(std::size_t layer, std::span<const Step> steps) {
  const Shape& shape = checkpoint_.shape;
  const std::size_t pairs = frequencies_.size();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const float* cosines = &cosines_[i * pairs];
    const float* sines = &sines_[i * pairs];
    for (std::size_t h = 0; h < shape.heads; ++h)
      rotate(&queries_[i * shape.width + h * shape.head()], cosines, sines, pairs);
    float* const keys = cells_.keys(layer, steps[i].cell);
    std::copy_n(&keys_[i * shape.width_kv()], shape.width_kv(), keys);
    for (std::size_t h = 0; h < shape.heads_kv; ++h) rotate(keys + h * shape.head(), cosines, sines, pairs);
    std::copy_n(&values_[i * shape.width_kv()], shape.width_kv(), cells_.values(layer, steps[i].cell));
  }
}

void Forward::attend(std::size_t layer, const Step& step, std::size_t row, std::size_t head,
                     std::span<float> scores) {
  const Shape& shape = checkpoint_.shape;
  const std::size_t size = shape.head();
  const std::size_t offset = head / (shape.heads / shape.heads_kv) * size;
  const auto cells = cells_.of(step.sequence).first(step.position + std::size_t{1});
  const float* const query = &queries_[row * shape.width + head * size];
  const float scale = 1.0F / std::sqrt(static_cast<float>(size));
  for (std::size_t t = 0; t < cells.size(); ++t)
    scores[t] = dot(query, cells_.keys(layer, cells[t]) + offset, size) * scale;
  softmax(scores.first(cells.size()));
  float* const out = &normed_[row * shape.width + head * size];
  std::fill_n(out, size, 0.0F);
  for (std::size_t t = 0; t < cells.size(); ++t)
    add_scaled(out, cells_.values(layer, cells[t]) + offset, scores[t], size);
}

void Forward::layer(std::size_t index, std::span<const Step> steps) {
  const Shape& shape = checkpoint_.shape;
  const Layer& weights = checkpoint_.layers[index];
  const std::size_t count = steps.size();
  normalize_all(weights.attention_norm, count);
  // Heads that share keys and values are computed with them: the rows of a query, then those of key and
  // value.
  split(shape.width, count * shape.width, [&](Rows rows, std::span<float> scratch) {
    multiply(weights.query, rows, normed_.data(), count, queries_.data(), scratch);
    const Rows shared{rows.begin * shape.width_kv() / shape.width, rows.end * shape.width_kv() / shape.width};
    multiply(weights.key, shared, normed_.data(), count, keys_.data(), scratch);
    multiply(weights.value, shared, normed_.data(), count, values_.data(), scratch);
  });
  keep(index, steps);
  std::size_t longest = 0;
  for (const Step& step : steps) longest = std::max<std::size_t>(longest, step.position + std::size_t{1});
  split(count * shape.heads, 2 * longest * shape.head(), [&](Rows all, std::span<float> scratch) {
    for (std::size_t i = all.begin; i < all.end; ++i) {
      const std::size_t row = i / shape.heads;
      attend(index, steps[row], row, i % shape.heads, scratch);
    }
  });
  split(shape.width, count * shape.width, [&](Rows rows, std::span<float> scratch) {
    multiply(weights.output, rows, normed_.data(), count, branch_.data(), scratch);
  });
  add_branch(count);
  normalize_all(weights.hidden_norm, count);
  split(shape.hidden, 2 * count * shape.width, [&](Rows rows, std::span<float> scratch) {
    multiply(weights.gate, rows, normed_.data(), count, gates_.data(), scratch);
    multiply(weights.up, rows, normed_.data(), count, ups_.data(), scratch);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = i * shape.hidden + rows.begin;
      activate(&gates_[at], &ups_[at], rows.end - rows.begin);
    }
  });
  split(shape.width, count * shape.hidden, [&](Rows rows, std::span<float> scratch) {
    multiply(weights.down, rows, gates_.data(), count, branch_.data(), scratch);
  });
  add_branch(count);
}

bool Forward::run(std::span<const Step> steps, std::size_t threads, const std::atomic<bool>& stop,
                  std::vector<float>& logits) {
  const Shape& shape = checkpoint_.shape;
  if (steps.empty()) return true;
  threads_ = std::clamp<std::size_t>(threads, 1, workers_.count());
  prepare(steps, logits);
  for (std::size_t index = 0; index < shape.layers; ++index) {
    if (stop) return false;
    layer(index, steps);
  }
  if (stop) return false;
  std::size_t outputs = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].output) continue;
    normalize(&normed_[outputs * shape.width], &state_[i * shape.width], checkpoint_.last_norm, shape.width);
    ++outputs;
  }
  if (outputs == 0) return true;
  split(shape.vocabulary, outputs * shape.width, [&](Rows rows, std::span<float> scratch) {
    multiply(checkpoint_.classifier, rows, normed_.data(), outputs, logits.data(), scratch);
  });
  return true;
}

}  // namespace sluice::backends::llama2c
