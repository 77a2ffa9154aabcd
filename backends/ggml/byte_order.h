// Numbers in files, in either order of their bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::backends::ggml {

// The number of `count` bytes at `at`, the largest part first. Nothing: the file ends before it.
[[nodiscard]] inline std::optional<std::uint32_t> big_endian(std::string_view bytes, std::size_t at,
                                                             std::size_t count) {
  if (at > bytes.size() || count > bytes.size() - at) return std::nullopt;
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(at, count)) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

// The smallest part first.
[[nodiscard]] inline std::optional<std::uint32_t> little_endian(std::string_view bytes, std::size_t at,
                                                                std::size_t count) {
  if (at > bytes.size() || count > bytes.size() - at) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = count; i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

}  // namespace sluice::backends::ggml
