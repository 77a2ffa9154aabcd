// Memory for secrets: overwritten before it is given back.
#pragma once

#include <openssl/crypto.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace sluice::gate {

template <class T>
struct WipingAllocator {
  using value_type = T;

  WipingAllocator() = default;
  template <class U>
  explicit WipingAllocator(const WipingAllocator<U>& /*other*/) {}

  T* allocate(std::size_t count) { return std::allocator<T>{}.allocate(count); }
  void deallocate(T* memory, std::size_t count) {
    OPENSSL_cleanse(memory, count * sizeof(T));
    std::allocator<T>{}.deallocate(memory, count);
  }

  friend bool operator==(const WipingAllocator& /*a*/, const WipingAllocator& /*b*/) { return true; }
};

// A vector and not a string: short strings keep their characters inside, where no allocator wipes them.
using WipedBytes = std::vector<char, WipingAllocator<char>>;

[[nodiscard]] inline std::string_view view_of(const WipedBytes& bytes) {
  return {bytes.data(), bytes.size()};
}

inline void append(WipedBytes& bytes, std::string_view text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}

}  // namespace sluice::gate
