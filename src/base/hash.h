// SHA-256 and HMAC-SHA256, by OpenSSL.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.h"

namespace sluice {

// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

// The same of the first `size` bytes of an opened file (fewer, if it is shorter), of which only pieces are in
// memory. `path` is for errors: unavailable (it cannot be read). `progress` (may be empty) is told how many
// bytes are done, now and then.
[[nodiscard]] Result<std::string> sha256_hex_of_file(int fd, std::uint64_t size,
                                                     const std::filesystem::path& path,
                                                     const std::function<void(std::uint64_t)>& progress);

// 32 raw bytes (HMAC, RFC 2104) over the length (8 bytes, little endian) and SHA-256 of each part, so that
// parts cannot flow into each other.
[[nodiscard]] std::string hmac_sha256_of_parts(std::string_view key,
                                               std::initializer_list<std::string_view> parts);

// 32 raw bytes over exactly these bytes.
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view bytes);

[[nodiscard]] std::string to_hex(std::string_view bytes);

// Takes the same time wherever the texts differ; texts of different length are unequal at once.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace sluice
