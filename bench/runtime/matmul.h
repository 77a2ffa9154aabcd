// The product of two square matrices, for one core's share of the rows: the same source for every machine,
// with vectors of 128 bits (of two numbers) or, with MATMUL_SCALAR, without.
//
// Tiles of rows × columns stay in registers while the sum runs; panels of both matrices are copied so that
// the tiles read them in order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

namespace matmul {

#ifdef MATMUL_SCALAR
using Vector = double;
inline Vector splat(double value) {
  return value;
}
#else
using Vector = double __attribute__((vector_size(16)));
inline Vector splat(double value) {
  return Vector{value, value};
}
#endif

inline Vector multiply_add(Vector a, Vector b, Vector sum) {
#if defined(MATMUL_FUSED) && defined(__wasm__)
  return __builtin_wasm_relaxed_madd_f64x2(a, b, sum);
#elif defined(MATMUL_FUSED)
  return __builtin_elementwise_fma(a, b, sum);
#else
  return sum + a * b;
#endif
}

constexpr std::size_t lanes = sizeof(Vector) / sizeof(double);
// As many accumulators as leave registers for the operands (x86-64 has 16, aarch64 32).
constexpr std::size_t tile_rows = 4;
constexpr std::size_t tile_vectors = 2;
constexpr std::size_t tile_columns = tile_vectors * lanes;
constexpr std::size_t depth = 256;       // of a panel
constexpr std::size_t block_rows = 128;  // of A: a panel of it stays in the second cache

struct Matrix {
  std::size_t size;
  std::vector<double> values;
  explicit Matrix(std::size_t n) : size(n), values(n * n) {}
  double* row(std::size_t i) { return values.data() + i * size; }
  const double* row(std::size_t i) const { return values.data() + i * size; }
};

inline Vector load(const double* from) {
  Vector value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

inline void store(double* to, Vector value) {
  std::memcpy(to, &value, sizeof value);
}

// c[tile_rows][tile_columns] += the product of two packed panels.
inline void tile(const double* a, const double* b, std::size_t count, double* c, std::size_t stride) {
  Vector sum[tile_rows][tile_vectors] = {};
  for (std::size_t k = 0; k < count; ++k, a += tile_rows * lanes, b += tile_columns) {
#pragma clang loop unroll(full)
    for (std::size_t i = 0; i < tile_rows; ++i) {
#pragma clang loop unroll(full)
      for (std::size_t j = 0; j < tile_vectors; ++j) {
        sum[i][j] = multiply_add(load(a + i * lanes), load(b + j * lanes), sum[i][j]);
      }
    }
  }
  for (std::size_t i = 0; i < tile_rows; ++i) {
    for (std::size_t j = 0; j < tile_vectors; ++j) {
      double* const at = c + i * stride + j * lanes;
      store(at, load(at) + sum[i][j]);
    }
  }
}

// Rows [first, last) of C = A × B. The size and the share are multiples of the tile's sides.
inline void product(const Matrix& a, const Matrix& b, Matrix& c, std::size_t first, std::size_t last) {
  const std::size_t n = a.size;
  std::vector<double> packed_a(block_rows * depth * lanes);
  std::vector<double> packed_b(depth * n);
  for (std::size_t k0 = 0; k0 < n; k0 += depth) {
    const std::size_t count = std::min(depth, n - k0);
    double* to = packed_b.data();
    for (std::size_t j = 0; j < n; j += tile_columns) {
      for (std::size_t k = 0; k < count; ++k) {
        for (std::size_t x = 0; x < tile_columns; ++x) *to++ = b.row(k0 + k)[j + x];
      }
    }
    for (std::size_t i0 = first; i0 < last; i0 += block_rows) {
      const std::size_t rows = std::min(block_rows, last - i0);
      to = packed_a.data();
      for (std::size_t i = 0; i < rows; i += tile_rows) {
        for (std::size_t k = 0; k < count; ++k) {
          for (std::size_t y = 0; y < tile_rows; ++y) {
            for (std::size_t z = 0; z < lanes; ++z) *to++ = a.row(i0 + i + y)[k0 + k];
          }
        }
      }
      for (std::size_t j = 0; j < n; j += tile_columns) {
        for (std::size_t i = 0; i < rows; i += tile_rows) {
          tile(packed_a.data() + i * count * lanes, packed_b.data() + j * count, count, c.row(i0 + i) + j, n);
        }
      }
    }
  }
}

// Numbers that are the same on all machines.
inline void fill(Matrix& matrix, unsigned seed) {
  for (double& value : matrix.values) {
    seed = seed * 1664525 + 1013904223;
    value = static_cast<double>(seed >> 16) / 65536.0;
  }
}

// A sum in which each place of the share counts differently.
inline double check_sum(const Matrix& matrix, std::size_t first, std::size_t last) {
  double sum = 0;
  for (std::size_t i = first; i < last; ++i) {
    for (std::size_t j = 0; j < matrix.size; ++j)
      sum += matrix.row(i)[j] * static_cast<double>((i * 31 + j) % 97);
  }
  return sum;
}

}  // namespace matmul
