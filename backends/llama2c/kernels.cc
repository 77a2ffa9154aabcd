#include "kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/each_processor.h"

// What is called from a function that is compiled for one kind of processor has to become a part of it.
#define SLUICE_INLINE [[gnu::always_inline]] inline

namespace sluice::backends::llama2c {
namespace {

// Vectors that stay in the cache while all rows pass by.
constexpr std::size_t cached_floats = 32 * 1024;
constexpr std::size_t rows_together_max = 4;

// Rows as floats.
SLUICE_INLINE void expand(const Matrix& matrix, std::size_t row, std::size_t count, float* out) {
  const std::size_t first = row * matrix.columns;
  const std::size_t groups = count * matrix.columns / matrix.group;
  const std::int8_t* quants = matrix.quants + first;
  const float* scales = matrix.scales + first / matrix.group;
  for (std::size_t g = 0; g < groups; ++g) {
    for (std::size_t i = 0; i < matrix.group; ++i)
      out[g * matrix.group + i] = static_cast<float>(quants[g * matrix.group + i]) * scales[g];
  }
}

// For registers of so many bytes; so many rows and vectors are multiplied at the same time, with their sums
// in registers.
template <std::size_t bytes, std::size_t rows_together, std::size_t vectors_together>
struct Wide {
  static_assert(rows_together <= rows_together_max);
  static constexpr std::size_t lanes = bytes / sizeof(float);
  typedef float Lanes __attribute__((vector_size(bytes)));

  SLUICE_INLINE static void load(Lanes& out, const float* from) { std::memcpy(&out, from, sizeof out); }

  // The last few, and zeros, so that they are added like the others.
  SLUICE_INLINE static void load_some(Lanes& out, const float* from, std::size_t count) {
    float values[lanes] = {};
    std::memcpy(values, from, count * sizeof(float));
    std::memcpy(&out, values, sizeof out);
  }

  SLUICE_INLINE static float sum_of(const Lanes& of) {
    float values[lanes];
    std::memcpy(values, &of, sizeof values);
    for (std::size_t half = lanes / 2; half > 0; half /= 2) {
      for (std::size_t i = 0; i < half; ++i) values[i] += values[i + half];
    }
    return values[0];
  }

  // Products of `R` rows and `V` vectors, which all have `size` numbers.
  template <std::size_t R, std::size_t V>
  SLUICE_INLINE static void products(const float* rows, const float* vectors, std::size_t size, float* out,
                                     std::size_t out_stride) {
    Lanes sums[R][V] = {};
    Lanes row[R];
    Lanes vector;
    // Unrolled, or else the sums lie in memory.
    const auto add = [&](auto&& take) __attribute__((always_inline)) {
#pragma GCC unroll 8
      for (std::size_t r = 0; r < R; ++r) take(row[r], rows + r * size);
#pragma GCC unroll 8
      for (std::size_t v = 0; v < V; ++v) {
        take(vector, vectors + v * size);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) sums[r][v] += row[r] * vector;
      }
    };
    std::size_t at = 0;
    for (; at + lanes <= size; at += lanes)
      add([at](Lanes& to, const float* from) __attribute__((always_inline)) { load(to, from + at); });
    if (at < size) {
      add([at, size](Lanes& to, const float* from)
              __attribute__((always_inline)) { load_some(to, from + at, size - at); });
    }
    for (std::size_t r = 0; r < R; ++r) {
      for (std::size_t v = 0; v < V; ++v) out[v * out_stride + r] = sum_of(sums[r][v]);
    }
  }

  template <std::size_t R>
  SLUICE_INLINE static void rows_times(const float* rows, const float* vectors, std::size_t count,
                                       std::size_t size, float* out, std::size_t out_stride) {
    std::size_t v = 0;
    for (; v + vectors_together <= count; v += vectors_together)
      products<R, vectors_together>(rows, vectors + v * size, size, out + v * out_stride, out_stride);
    for (; v < count; ++v) products<R, 1>(rows, vectors + v * size, size, out + v * out_stride, out_stride);
  }

  SLUICE_INLINE static void multiply(const Matrix& matrix, Rows rows, const float* vectors, std::size_t count,
                                     float* out, float* scratch) {
    for (std::size_t row = rows.begin; row < rows.end;) {
      const std::size_t together = rows.end - row >= rows_together ? rows_together : 1;
      const float* values = scratch;
      if (matrix.values != nullptr) {
        values = matrix.values + row * matrix.columns;
      } else {
        expand(matrix, row, together, scratch);
      }
      if (together == rows_together) {
        rows_times<rows_together>(values, vectors, count, matrix.columns, out + row, matrix.rows);
      } else {
        rows_times<1>(values, vectors, count, matrix.columns, out + row, matrix.rows);
      }
      row += together;
    }
  }

  SLUICE_INLINE static float dot(const float* a, const float* b, std::size_t size) {
    float sum = 0;
    products<1, 1>(a, b, size, &sum, 1);
    return sum;
  }
};

// The two, for one kind of processor.
struct Kernels {
  void (*multiply)(const Matrix& matrix, Rows rows, const float* vectors, std::size_t count, float* out,
                   float* scratch);
  float (*dot)(const float* a, const float* b, std::size_t size);
};

#define SLUICE_KERNELS(name, attribute, ...)                                                               \
  attribute void name##_multiply(const Matrix& matrix, Rows rows, const float* vectors, std::size_t count, \
                                 float* out, float* scratch) {                                             \
    Wide<__VA_ARGS__>::multiply(matrix, rows, vectors, count, out, scratch);                               \
  }                                                                                                        \
  attribute float name##_dot(const float* a, const float* b, std::size_t size) {                           \
    return Wide<__VA_ARGS__>::dot(a, b, size);                                                             \
  }                                                                                                        \
  constexpr Kernels name{name##_multiply, name##_dot};

SLUICE_KERNELS(plain, , 16, 2, 4)
#ifdef SLUICE_KNOWS_PROCESSORS
// GCC splits registers that a processor does not have badly: each kind has a width of its own.
SLUICE_KERNELS(with_avx2, [[gnu::target("arch=x86-64-v3")]], 32, 4, 2)
SLUICE_KERNELS(with_avx512, [[gnu::target("arch=x86-64-v4")]], 64, 4, 4)
#endif

const Kernels& kernels() {
#ifdef SLUICE_KNOWS_PROCESSORS
  static const Kernels& chosen = __builtin_cpu_supports("x86-64-v4")   ? with_avx512
                                 : __builtin_cpu_supports("x86-64-v3") ? with_avx2
                                                                       : plain;
  return chosen;
#else
  return plain;
#endif
}

SLUICE_EACH_PROCESSOR
void add_scaled_to(float* out, const float* vector, float factor, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out[i] += factor * vector[i];
}

}  // namespace

std::size_t scratch_floats(std::size_t columns) {
  return rows_together_max * columns;
}

void multiply(const Matrix& matrix, Rows rows, const float* vectors, std::size_t count, float* out,
              std::span<float> scratch) {
  const std::size_t block = std::max(cached_floats / matrix.columns, std::size_t{8});
  const Kernels& chosen = kernels();
  for (std::size_t v = 0; v < count; v += block) {
    chosen.multiply(matrix, rows, vectors + v * matrix.columns, std::min(block, count - v),
                    out + v * matrix.rows, scratch.data());
  }
}

float dot(const float* a, const float* b, std::size_t size) {
  return kernels().dot(a, b, size);
}

void add_scaled(float* out, const float* vector, float factor, std::size_t size) {
  add_scaled_to(out, vector, factor, size);
}

void normalize(float* out, const float* vector, const float* weights, std::size_t size) {
  constexpr float least = 1e-5F;
  const float mean = dot(vector, vector, size) / static_cast<float>(size);
  const float factor = 1.0F / std::sqrt(mean + least);
  for (std::size_t i = 0; i < size; ++i) out[i] = weights[i] * (factor * vector[i]);
}

void softmax(std::span<float> values) {
  const float most = *std::ranges::max_element(values);
  float sum = 0;
  for (float& value : values) {
    value = std::exp(value - most);
    sum += value;
  }
  const float factor = 1.0F / sum;
  for (float& value : values) value *= factor;
}

void activate(float* gate, const float* up, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) gate[i] = gate[i] / (1.0F + std::exp(-gate[i])) * up[i];
}

void rotate(float* vector, const float* cosines, const float* sines, std::size_t pairs) {
  for (std::size_t i = 0; i < pairs; ++i) {
    const float first = vector[2 * i];
    const float second = vector[2 * i + 1];
    vector[2 * i] = first * cosines[i] - second * sines[i];
    vector[2 * i + 1] = first * sines[i] + second * cosines[i];
  }
}

void copy_row(const Matrix& matrix, std::size_t row, float* out) {
  if (matrix.values != nullptr) {
    std::copy_n(matrix.values + row * matrix.columns, matrix.columns, out);
  } else {
    expand(matrix, row, 1, out);
  }
}

}  // namespace sluice::backends::llama2c
