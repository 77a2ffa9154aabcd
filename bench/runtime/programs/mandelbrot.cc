// mandelbrot N: an image of N × N points, 200 steps at most for each.

#include <cstdint>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  const int size = argc > 1 ? std::atoi(argv[1]) : 400;
  std::uint64_t sum = 0;
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      const double cr = 3.0 * column / size - 2.0;
      const double ci = 2.0 * row / size - 1.0;
      double r = 0;
      double i = 0;
      int steps = 0;
      for (; steps < 200 && r * r + i * i < 4; ++steps) {
        const double next = r * r - i * i + cr;
        i = 2 * r * i + ci;
        r = next;
      }
      sum += static_cast<std::uint64_t>(steps * (1 + column % 7));
    }
  }
  std::printf("%llu\n", static_cast<unsigned long long>(sum));
}
