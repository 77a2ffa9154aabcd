// FNV-1a with 64 bits (draft-eastlake-fnv): a short name for a text, not a secret one.
#pragma once

#include <cstdint>
#include <string_view>

namespace review {

inline constexpr std::uint64_t hash_start = 0xCBF29CE484222325U;
inline constexpr std::uint64_t hash_prime = 0x100000001B3U;

// Goes on from `hash`.
[[nodiscard]] constexpr std::uint64_t hash_text(std::string_view text, std::uint64_t hash = hash_start) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * hash_prime;
  return hash;
}

}  // namespace review
