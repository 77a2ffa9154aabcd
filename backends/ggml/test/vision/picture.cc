#include "picture.h"

#include <cstdint>
#include <string_view>

namespace sluice::backends::ggml::test {
namespace {

void append_big(std::string& out, std::uint32_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>(value >> shift & 0xFFU);
}

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

std::uint32_t adler32(std::string_view bytes) {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<unsigned char>(c)) % 65521U;
    b = (b + a) % 65521U;
  }
  return b << 16U | a;
}

void append_chunk(std::string& png, const std::string& type, const std::string& data) {
  append_big(png, static_cast<std::uint32_t>(data.size()));
  png += type + data;
  append_big(png, crc32(type + data));
}

}  // namespace

// Format: W3C's PNG specification; RFC 1950 and 1951 for blocks that are stored as they are.
std::string picture(unsigned width, unsigned height, unsigned seed) {
  std::string header;
  append_big(header, width);
  append_big(header, height);
  header += std::string("\x08\x02\0\0\0", 5);
  std::string rows;
  for (unsigned y = 0; y < height; ++y) {
    rows += '\0';
    for (unsigned x = 0; x < width; ++x) {
      rows += static_cast<char>(x * (3 + seed) % 256);
      rows += static_cast<char>(y * (5 + seed) % 256);
      rows += static_cast<char>((x ^ y) * seed % 256);
    }
  }
  std::string packed("\x78\x01", 2);
  for (std::size_t at = 0; at < rows.size(); at += 65535) {
    const std::string_view block = std::string_view(rows).substr(at, 65535);
    const auto size = static_cast<std::uint16_t>(block.size());
    packed += at + block.size() == rows.size() ? '\1' : '\0';
    for (const unsigned value : {unsigned{size}, ~unsigned{size}}) {
      packed += static_cast<char>(value & 0xFFU);
      packed += static_cast<char>(value >> 8U & 0xFFU);
    }
    packed += block;
  }
  append_big(packed, adler32(rows));
  std::string png("\x89PNG\r\n\x1a\n", 8);
  append_chunk(png, "IHDR", header);
  append_chunk(png, "IDAT", packed);
  append_chunk(png, "IEND", {});
  return png;
}

}  // namespace sluice::backends::ggml::test
