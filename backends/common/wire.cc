#include "common/wire.h"

namespace sluice::backends {
namespace {

constexpr std::uint32_t varint_type = 0;
constexpr std::uint32_t eight_bytes_type = 1;
constexpr std::uint32_t bytes_type = 2;
constexpr std::uint32_t group_begin_type = 3;
constexpr std::uint32_t group_end_type = 4;
constexpr std::uint32_t four_bytes_type = 5;
constexpr std::uint64_t field_number_max = (1U << 29U) - 1;

}  // namespace

std::optional<std::uint64_t> Wire::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    if (shift < 64) value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80U) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Wire::take(std::uint64_t size) {
  if (size > rest_.size()) return std::nullopt;
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

bool Wire::fill(std::uint32_t type, WireField& field) {
  switch (type) {
    case varint_type: {
      const auto value = varint();
      field.value = value.value_or(0);
      return value.has_value();
    }
    case eight_bytes_type:
      return take(8).has_value();
    case four_bytes_type:
      return take(4).has_value();
    case bytes_type: {
      const auto size = varint();
      const auto bytes = size ? take(*size) : std::nullopt;
      field.bytes = bytes.value_or("");
      field.is_bytes = true;
      return bytes.has_value();
    }
    default:
      return false;
  }
}

std::optional<WireField> Wire::next() {
  std::size_t groups = 0;
  while (!rest_.empty() && !broken_) {
    const auto tag = varint();
    const std::uint64_t number = tag.value_or(0) >> 3U;
    const auto type = static_cast<std::uint32_t>(tag.value_or(0) & 7U);
    WireField field{.number = static_cast<std::uint32_t>(number), .value = 0, .bytes = {}, .is_bytes = false};
    if (number == 0 || number > field_number_max) {
      broken_ = true;
    } else if (type == group_begin_type) {
      ++groups;
    } else if (type == group_end_type) {
      broken_ = groups == 0;
      if (!broken_) --groups;
    } else if (!fill(type, field)) {
      broken_ = true;
    } else if (groups == 0) {
      return field;
    }
  }
  broken_ = broken_ || groups > 0;
  return std::nullopt;
}

}  // namespace sluice::backends
