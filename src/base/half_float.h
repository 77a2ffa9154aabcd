// 16-bit floats (IEEE 754 binary16), as far as CBOR needs them.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

namespace sluice {

// The half that is exactly `value`, if there is one. Not for NaN.
[[nodiscard]] constexpr std::optional<std::uint16_t> to_half(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 48U) & 0x8000U);
  const int exponent = static_cast<int>((bits >> 52U) & 0x7FFU) - 1023;
  const std::uint64_t fraction = bits & ((1ULL << 52U) - 1);
  if ((bits << 1U) == 0) return sign;
  if (exponent == 1024) return fraction == 0 ? std::optional<std::uint16_t>(sign | 0x7C00U) : std::nullopt;
  if (exponent > 15 || exponent < -24) return std::nullopt;
  if (exponent >= -14) {
    if ((fraction & ((1ULL << 42U) - 1)) != 0) return std::nullopt;
    return static_cast<std::uint16_t>(sign | (static_cast<unsigned>(exponent + 15) << 10U) |
                                      (fraction >> 42U));
  }
  // Subnormal: a multiple of 2^-24.
  const unsigned shift = static_cast<unsigned>(28 - exponent);
  const std::uint64_t digits = fraction | (1ULL << 52U);
  if ((digits & ((1ULL << shift) - 1)) != 0) return std::nullopt;
  return static_cast<std::uint16_t>(sign | (digits >> shift));
}

[[nodiscard]] constexpr double from_half(std::uint16_t half) {
  const std::uint64_t sign = static_cast<std::uint64_t>(half & 0x8000U) << 48U;
  const unsigned exponent = (half >> 10U) & 31U;
  const std::uint64_t fraction = half & 0x3FFU;
  if (exponent == 0) {
    const double magnitude = static_cast<double>(fraction) * 0x1p-24;
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint64_t wide = exponent == 31 ? 0x7FFU : exponent + 1008U;
  return std::bit_cast<double>(sign | (wide << 52U) | (fraction << 42U));
}

}  // namespace sluice
