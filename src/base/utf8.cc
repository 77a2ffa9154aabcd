// The UTF-8 helpers of value.h. Well-formedness is that of the Unicode standard, table 3-7: no surrogates, no
// overlong forms, nothing above U+10FFFF.
#include <cstdint>
#include <cstring>

#include "base/value.h"

namespace sluice {

namespace {

// Skips ASCII from `i` on, 32 bytes at a time.
std::size_t skip_ascii(std::string_view text, std::size_t i) {
  constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
  while (text.size() - i >= 32) {
    std::uint64_t words[4];
    std::memcpy(words, text.data() + i, sizeof words);
    if (((words[0] | words[1] | words[2] | words[3]) & high_bits) != 0) break;
    i += 32;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i;
}

struct Sequence {
  std::size_t length;  // bytes of it that are there and fit; at least 1
  bool whole;
};

// The sequence at `i`, whose first byte isn't ASCII. If it is broken, `length` is that of its longest
// beginning that could have become a sequence (Unicode's "maximal subpart"), or 1.
Sequence sequence_at(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(i);
  std::size_t need = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    need = 1;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    need = 2;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    need = 3;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {1, false};
  }
  for (std::size_t k = 1; k <= need; ++k) {
    if (i + k >= text.size() || byte(i + k) < low || byte(i + k) > high) return {k, false};
    low = 0x80;
    high = 0xBF;
  }
  return {need + 1, true};
}

}  // namespace

bool is_utf8(std::string_view text) {
  std::size_t i = skip_ascii(text, 0);
  while (i < text.size()) {
    const Sequence sequence = sequence_at(text, i);
    if (!sequence.whole) return false;
    i += sequence.length;
    if (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) i = skip_ascii(text, i);
  }
  return true;
}

std::string to_utf8(std::string_view text, std::size_t* replaced) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::size_t count = 0;
  std::string out;
  out.reserve(text.size());
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t plain_end = skip_ascii(text, i);
    out.append(text, i, plain_end - i);
    i = plain_end;
    if (i == text.size()) break;
    const Sequence sequence = sequence_at(text, i);
    if (sequence.whole) {
      out.append(text, i, sequence.length);
    } else {
      out.append(replacement);
      ++count;
    }
    i += sequence.length;
  }
  if (replaced != nullptr) *replaced = count;
  return out;
}

std::string to_utf8(char32_t scalar) {
  std::string out;
  const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (scalar < 0x80) {
    put(scalar);
  } else if (scalar < 0x800) {
    put(0xC0U | (scalar >> 6U));
    put(0x80U | (scalar & 0x3FU));
  } else if (scalar < 0x10000) {
    put(0xE0U | (scalar >> 12U));
    put(0x80U | ((scalar >> 6U) & 0x3FU));
    put(0x80U | (scalar & 0x3FU));
  } else {
    put(0xF0U | (scalar >> 18U));
    put(0x80U | ((scalar >> 12U) & 0x3FU));
    put(0x80U | ((scalar >> 6U) & 0x3FU));
    put(0x80U | (scalar & 0x3FU));
  }
  return out;
}

}  // namespace sluice
