#pragma once
// Text between C++ and the bindings. A guest's strings must be valid UTF-8 when they cross to the host:
// others trap.

#include <string>
#include <string_view>

#include "wit.h"

namespace sluice::guest {

/// Size of the UTF-8 sequence that `text` (not empty) begins with, or 0 if it begins with none.
inline size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (size == 0 || size > text.size()) return 0;
  const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return size;
}

inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t size = utf8_sequence(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

/// `text` with every byte that belongs to no UTF-8 sequence replaced by U+FFFD.
inline std::string to_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t size = utf8_sequence(text);
    out += size == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

/// A copy that the bindings own. The text must be valid UTF-8; `to_utf8` makes it so.
inline wit::string to_wit(std::string_view text) {
  return wit::string::from_view(text);
}

inline std::string_view view(const wit::string& text) {
  return text.get_view();
}

}  // namespace sluice::guest
