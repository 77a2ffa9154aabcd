// A guest's memory: the one place where its addresses are checked.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace sluice::wasi_nn {

// Addresses and lengths are the guest's, and need not be aligned. Little endian, as this machine is.
class GuestMemory {
 public:
  explicit GuestMemory(std::span<std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool is_missing() const { return bytes_.empty(); }

  // Nothing: a part of it lies outside. Of no bytes, any address will do.
  [[nodiscard]] std::optional<std::span<std::uint8_t>> bytes(std::uint32_t address,
                                                             std::uint32_t length) const {
    if (length == 0) return std::span<std::uint8_t>();
    if (address >= bytes_.size() || length > bytes_.size() - address) return std::nullopt;
    return bytes_.subspan(address, length);
  }
  [[nodiscard]] std::optional<std::string_view> text(std::uint32_t address, std::uint32_t length) const {
    const auto found = bytes(address, length);
    if (!found) return std::nullopt;
    return std::string_view(reinterpret_cast<const char*>(found->data()), found->size());
  }
  // `count` numbers from `address` on.
  [[nodiscard]] bool read(std::uint32_t address, std::span<std::uint32_t> numbers) const {
    const auto length = static_cast<std::uint64_t>(numbers.size_bytes());
    if (address >= bytes_.size() || length > bytes_.size() - address) return false;
    if (!numbers.empty()) std::memcpy(numbers.data(), bytes_.data() + address, length);
    return true;
  }
  // From `address` to the end.
  [[nodiscard]] std::span<std::uint8_t> from(std::uint32_t address) const {
    return address < bytes_.size() ? bytes_.subspan(address) : std::span<std::uint8_t>();
  }

 private:
  std::span<std::uint8_t> bytes_;
};

// Where a call writes its result: checked before the call does anything, so that nothing is done whose result
// is lost. The address 0 is what programs write for none.
class OutNumber {
 public:
  OutNumber(const GuestMemory& memory, std::uint32_t address) {
    if (address != 0) place_ = memory.bytes(address, sizeof(std::uint32_t));
  }
  explicit operator bool() const { return place_.has_value(); }
  void write(std::uint32_t value) const { std::memcpy(place_->data(), &value, sizeof value); }

 private:
  std::optional<std::span<std::uint8_t>> place_;
};

}  // namespace sluice::wasi_nn
