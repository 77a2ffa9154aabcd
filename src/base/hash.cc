#include "base/hash.h"

// The plain functions of the static library: libcrypto.so takes 1.5 ms to load and to set up, which `sluice
// run` has not.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>
#include <cstdint>

namespace sluice {

namespace {

std::string sha256(std::initializer_list<std::string_view> parts) {
  SHA256_CTX state;
  SHA256_Init(&state);
  for (const std::string_view part : parts) SHA256_Update(&state, part.data(), part.size());
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256_Final(digest.data(), &state);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  return to_hex(sha256({bytes}));
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string block(SHA256_CBLOCK, '\0');
  const std::string short_key = key.size() > block.size() ? sha256({key}) : std::string(key);
  block.replace(0, short_key.size(), short_key);
  const auto padded = [&](unsigned char pad) {
    std::string out = block;
    for (char& c : out) c = static_cast<char>(static_cast<unsigned char>(c) ^ pad);
    return out;
  };
  return sha256({padded(0x5C), sha256({padded(0x36), bytes})});
}

std::string hmac_sha256_of_parts(std::string_view key, std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) {
    std::uint64_t size = part.size();
    for (int i = 0; i < 8; ++i, size >>= 8U) all += static_cast<char>(size & 0xFFU);
    // Hashing each part first keeps this from copying large ones.
    all += sha256_hex(part);
  }
  return hmac_sha256(key, all);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sluice
