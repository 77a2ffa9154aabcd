// Randomness, passed in: the kernel's, and a seeded one for tests and replays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace sluice {

class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual void fill(std::span<std::byte> out) = 0;

  [[nodiscard]] std::string bytes(std::size_t count);
  [[nodiscard]] std::uint64_t u64();
};

// getrandom(2). Fit for keys. Any thread may use it.
class SystemEntropy : public Entropy {
 public:
  void fill(std::span<std::byte> out) override;
};

[[nodiscard]] inline SystemEntropy system_entropy() {
  return {};
}

// The same bytes for the same seed and the same order of requests (SplitMix64). Not for keys; one thread at a
// time.
class SeededEntropy : public Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace sluice
