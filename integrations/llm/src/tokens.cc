#include "tokens.h"

#include <algorithm>
#include <cstddef>

namespace llm {
namespace {

enum class Class : std::uint8_t { lower, upper, digit, blank, other, wide };

Class class_of(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x80) return Class::wide;
  if (c >= 'a' && c <= 'z') return Class::lower;
  if (c >= 'A' && c <= 'Z') return Class::upper;
  if (c >= '0' && c <= '9') return Class::digit;
  return byte <= ' ' ? Class::blank : Class::other;
}

// Tokens of `size` characters of one class that stand together.
std::uint64_t tokens_of(Class kind, std::size_t size, bool follows_blank) {
  switch (kind) {
    case Class::lower:
      return (size + 3) / 4;
    case Class::upper:
      return (size + 1) / 2;
    case Class::digit:
    case Class::other:
      return size;
    case Class::blank:
      // One alone belongs to the word after it.
      return size == 1 && !follows_blank ? 0 : 1 + size / 16;
    case Class::wide:
      break;
  }
  // Bytes of UTF-8: three tokens for four of them.
  return (size * 3 + 3) / 4;
}

}  // namespace

std::uint32_t estimate_tokens(std::string_view text) {
  std::uint64_t tokens = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Class kind = class_of(text[at]);
    std::size_t end = at + 1;
    while (end < text.size() && class_of(text[end]) == kind) ++end;
    std::size_t size = end - at;
    // The capital of `Name` belongs to its word.
    const bool capital =
        kind == Class::upper && size == 1 && end < text.size() && class_of(text[end]) == Class::lower;
    const bool line_feed = kind == Class::blank && text[at] != ' ';
    if (!capital) tokens += tokens_of(kind, size, line_feed);
    at = end;
  }
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(tokens, UINT32_MAX));
}

}  // namespace llm
