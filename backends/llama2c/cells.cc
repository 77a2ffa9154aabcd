#include "cells.h"

#include <algorithm>

namespace sluice::backends::llama2c {

Cells::Cells(const Shape& shape, std::uint32_t count, std::uint32_t sequences)
    : count_(count),
      width_(shape.width_kv()),
      // Not written to: memory that is never used is never taken.
      keys_(std::make_unique_for_overwrite<float[]>(count_ * width_ * shape.layers)),
      values_(std::make_unique_for_overwrite<float[]>(count_ * width_ * shape.layers)),
      users_(count),
      free_(count),
      sequences_(sequences) {
  for (std::uint32_t i = 0; i < count; ++i) free_[i] = count - 1 - i;
}

std::uint64_t Cells::bytes(const Shape& shape) {
  return std::uint64_t{2} * shape.layers * shape.width_kv() * sizeof(float);
}

std::uint32_t Cells::append(std::size_t sequence) {
  const std::uint32_t cell = free_.back();
  sequences_[sequence].push_back(cell);
  free_.pop_back();
  users_[cell] = 1;
  return cell;
}

void Cells::cut(std::size_t sequence, std::size_t length) {
  std::vector<std::uint32_t>& cells = sequences_[sequence];
  while (cells.size() > length) {
    const std::uint32_t cell = cells.back();
    cells.pop_back();
    if (--users_[cell] == 0) free_.push_back(cell);
  }
}

void Cells::share(std::size_t source, std::size_t target, std::size_t length) {
  const std::vector<std::uint32_t>& from = sequences_[source];
  sequences_[target].assign(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(length));
  for (const std::uint32_t cell : sequences_[target]) ++users_[cell];
}

}  // namespace sluice::backends::llama2c
