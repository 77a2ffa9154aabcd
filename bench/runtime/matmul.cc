// matmul SIZE [SHARE SHARES]: one share of the rows of a product of two matrices. Prints the seconds that it
// took, and a sum of what came out.

#include "matmul.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  const auto number = [&](int at, std::size_t otherwise) {
    return argc > at ? static_cast<std::size_t>(std::atol(argv[at])) : otherwise;
  };
  const std::size_t size = number(1, 512);
  const std::size_t share = number(2, 0);
  const std::size_t shares = number(3, 1);
  // Shares end between tiles.
  const auto begin_of = [&](std::size_t which) {
    return size / matmul::tile_rows * which / shares * matmul::tile_rows;
  };
  const std::size_t first = begin_of(share);
  const std::size_t last = begin_of(share + 1);
  matmul::Matrix a(size);
  matmul::Matrix b(size);
  matmul::Matrix c(size);
  matmul::fill(a, 1);
  matmul::fill(b, 2);
  const auto start = std::chrono::steady_clock::now();
  matmul::product(a, b, c, first, last);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%.6f %.17g\n", took.count(), matmul::check_sum(c, first, last));
}
