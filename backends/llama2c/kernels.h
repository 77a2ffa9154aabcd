// The loops that take the time. A result is the same to the last bit whatever else is computed beside it:
// each is one sum, always added up in the same order.
#pragma once

#include <cstddef>
#include <span>

#include "matrix.h"

namespace sluice::backends::llama2c {

struct Rows {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Floats that `multiply` needs to work with, for a matrix of so many columns.
[[nodiscard]] std::size_t scratch_floats(std::size_t columns);

// Some rows of a matrix times each of the `count` vectors that follow each other in `vectors`. Result i of
// vector v is put at out[v * matrix.rows + i].
void multiply(const Matrix& matrix, Rows rows, const float* vectors, std::size_t count, float* out,
              std::span<float> scratch);

[[nodiscard]] float dot(const float* a, const float* b, std::size_t size);
// out += factor * vector
void add_scaled(float* out, const float* vector, float factor, std::size_t size);
// Scaled so that the mean of the squares is about 1, then by each weight (RMSNorm).
void normalize(float* out, const float* vector, const float* weights, std::size_t size);
// To numbers whose sum is 1, in proportion to e^value.
void softmax(std::span<float> values);
// gate = gate * sigmoid(gate) * up (SwiGLU)
void activate(float* gate, const float* up, std::size_t size);
// Turns each pair of neighbours by its angle.
void rotate(float* vector, const float* cosines, const float* sines, std::size_t pairs);
// A row of the matrix as floats.
void copy_row(const Matrix& matrix, std::size_t row, float* out);

}  // namespace sluice::backends::llama2c
