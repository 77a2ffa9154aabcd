#include "base/hash.h"

// The plain functions of the static library: libcrypto.so takes 1.5 ms to load and to set up, which `sluice
// run` has not.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

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

Result<std::string> sha256_hex_of_file(int fd, std::uint64_t size, const std::filesystem::path& path,
                                       const std::function<void(std::uint64_t)>& progress) {
  constexpr std::size_t piece_bytes = 1U << 20U;
  SHA256_CTX state;
  SHA256_Init(&state);
  std::vector<char> piece(piece_bytes);
  std::uint64_t done = 0;
  while (done < size) {
    const std::size_t wanted = std::min<std::uint64_t>(piece.size(), size - done);
    const ssize_t count = ::pread(fd, piece.data(), wanted, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCode::unavailable, "read " + path.string(), std::strerror(errno));
    if (count == 0) break;
    SHA256_Update(&state, piece.data(), static_cast<std::size_t>(count));
    done += static_cast<std::uint64_t>(count);
    if (progress) progress(done);
  }
  std::array<unsigned char, SHA256_DIGEST_LENGTH> sum{};
  SHA256_Final(sum.data(), &state);
  return to_hex({reinterpret_cast<const char*>(sum.data()), sum.size()});
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
