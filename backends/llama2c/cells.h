// What the layers keep of the tokens so far: a cell for each token, with its keys and values of all layers.
// A cell does not change once it is computed, and sequences that begin alike share those of their beginning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "checkpoint.h"

namespace sluice::backends::llama2c {

class Cells {
 public:
  // Throws std::bad_alloc.
  Cells(const Shape& shape, std::uint32_t count, std::uint32_t sequences);
  // Bytes for one.
  [[nodiscard]] static std::uint64_t bytes(const Shape& shape);

  [[nodiscard]] std::size_t sequences() const { return sequences_.size(); }
  [[nodiscard]] std::size_t free() const { return free_.size(); }
  // The cells of a sequence, by position.
  [[nodiscard]] std::span<const std::uint32_t> of(std::size_t sequence) const { return sequences_[sequence]; }
  // Where there is a free one.
  std::uint32_t append(std::size_t sequence);
  void cut(std::size_t sequence, std::size_t length);
  // `target` is empty, and `source` as long as that at least.
  void share(std::size_t source, std::size_t target, std::size_t length);

  [[nodiscard]] float* keys(std::size_t layer, std::uint32_t cell) {
    return keys_.get() + (layer * count_ + cell) * width_;
  }
  [[nodiscard]] float* values(std::size_t layer, std::uint32_t cell) {
    return values_.get() + (layer * count_ + cell) * width_;
  }

 private:
  std::size_t count_;
  std::size_t width_;
  std::unique_ptr<float[]> keys_, values_;
  std::vector<std::uint32_t> users_;  // sequences that have the cell
  std::vector<std::uint32_t> free_;   // the last is the next
  std::vector<std::vector<std::uint32_t>> sequences_;
};

}  // namespace sluice::backends::llama2c
