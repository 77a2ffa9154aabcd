// Weights as they lie in a checkpoint: rows of numbers, or of small numbers that share a scale.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::backends::llama2c {

struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  const float* values = nullptr;        // or else:
  const std::int8_t* quants = nullptr;  // a value is its number times the scale of its group
  const float* scales = nullptr;
  std::size_t group = 0;  // values that follow each other in a row and share a scale; divides `columns`
};

}  // namespace sluice::backends::llama2c
