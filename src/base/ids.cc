#include "base/ids.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// Writes the lowest 5 * `count` bits, the highest first.
void append_base32(std::string& out, std::uint64_t bits, unsigned count) {
  for (unsigned i = count; i-- > 0;) out += alphabet[(bits >> (5 * i)) & 31U];
}

}  // namespace

std::string new_id(const Clock& clock, Entropy& entropy) {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock.now().time_since_epoch()).count();
  std::array<std::uint64_t, 2> random{};
  entropy.fill(std::as_writable_bytes(std::span(random)));
  std::string id;
  id.reserve(26);
  append_base32(id, static_cast<std::uint64_t>(ms) & ((1ULL << 48U) - 1), 10);
  append_base32(id, random[0], 8);
  append_base32(id, random[1], 8);
  return id;
}

}  // namespace sluice
