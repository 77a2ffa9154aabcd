// sha256 N: the hash of N MiB.

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr int rounds = 64;

struct Hash {
  std::array<std::uint32_t, 8> state{};
  std::array<std::uint32_t, rounds> constants{};

  // The constants are the fractions of roots of the first primes.
  Hash() {
    std::size_t found = 0;
    for (int candidate = 2; found < rounds; ++candidate) {
      bool prime = true;
      for (int i = 2; i * i <= candidate; ++i) prime = prime && candidate % i != 0;
      if (!prime) continue;
      const auto fraction = [](double root) {
        return static_cast<std::uint32_t>(std::fmod(root, 1.0) * 4294967296.0);
      };
      if (found < state.size()) state[found] = fraction(std::sqrt(candidate));
      constants[found++] = fraction(std::cbrt(candidate));
    }
  }

  void block(const std::uint8_t* bytes) {
    std::array<std::uint32_t, rounds> w{};
    for (std::size_t i = 0; i < 16; ++i) {
      w[i] = static_cast<std::uint32_t>(bytes[i * 4] << 24 | bytes[i * 4 + 1] << 16 | bytes[i * 4 + 2] << 8 |
                                        bytes[i * 4 + 3]);
    }
    for (std::size_t i = 16; i < rounds; ++i) {
      const std::uint32_t low = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
      const std::uint32_t high = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
      w[i] = w[i - 16] + low + w[i - 7] + high;
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t i = 0; i < rounds; ++i) {
      const std::uint32_t high = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
      const std::uint32_t one = h + high + ((e & f) ^ (~e & g)) + constants[i] + w[i];
      const std::uint32_t low = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
      const std::uint32_t two = low + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + one, d = c, c = b, b = a, a = one + two;
    }
    const std::array<std::uint32_t, 8> sum{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < sum.size(); ++i) state[i] += sum[i];
  }
};

}  // namespace

int main(int argc, char** argv) {
  const int mebibytes = argc > 1 ? std::atoi(argv[1]) : 16;
  std::vector<std::uint8_t> data(1U << 20);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 131 >> 3);
  Hash hash;
  for (int i = 0; i < mebibytes; ++i) {
    for (std::size_t at = 0; at < data.size(); at += 64) hash.block(data.data() + at);
  }
  // The last block: a one, and the length in bits.
  std::array<std::uint8_t, 64> last{0x80};
  const std::uint64_t bits = static_cast<std::uint64_t>(mebibytes) << 23;
  for (std::size_t i = 0; i < 8; ++i) last[56 + i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
  hash.block(last.data());
  for (const std::uint32_t word : hash.state) std::printf("%08x", word);
  std::printf("\n");
}
