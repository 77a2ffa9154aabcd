#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <cstdint>

#include "base/invariant.h"

namespace sluice {

namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
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
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes_of(bytes), bytes.size(), digest.data());
  return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  // OpenSSL takes no null pointers, and an empty view may hold one.
  const void* key_bytes = key.empty() ? "" : key.data();
  const void* made = HMAC(EVP_sha256(), key_bytes, static_cast<int>(key.size()),
                          bytes_of(bytes.empty() ? "" : bytes), bytes.size(), digest.data(), &size);
  invariant(made != nullptr, "HMAC-SHA256 of any bytes can be made");
  return {reinterpret_cast<const char*>(digest.data()), size};
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
