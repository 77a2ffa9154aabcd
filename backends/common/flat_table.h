// Reads FlatBuffers, without knowing whether they are any: everything is looked up within bounds.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace sluice::backends {

class FlatTable {
 public:
  FlatTable(std::string_view file, std::uint64_t place) : file_(file), place_(place) {}

  // The table that a file begins with.
  static std::optional<FlatTable> root(std::string_view file) {
    const auto offset = read<std::uint32_t>(file, 0);
    if (!offset) return std::nullopt;
    return FlatTable(file, *offset);
  }

  // A number in field `index`; `otherwise` where there is none.
  template <typename T>
  [[nodiscard]] T number(unsigned index, T otherwise) const {
    const auto at = field(index);
    return at ? read<T>(file_, *at).value_or(otherwise) : otherwise;
  }

  // How many elements the vector in field `index` has; more than there can be if it is damaged.
  [[nodiscard]] std::uint32_t count(unsigned index) const {
    const auto at = vector(index);
    return at ? read<std::uint32_t>(file_, *at).value_or(UINT32_MAX) : 0;
  }

  // Element `element` of a vector of tables.
  [[nodiscard]] std::optional<FlatTable> table(unsigned index, std::uint32_t element) const {
    const auto at = vector(index);
    if (!at) return std::nullopt;
    const std::uint64_t place = *at + 4 + std::uint64_t{element} * 4;
    const auto offset = read<std::uint32_t>(file_, place);
    if (!offset) return std::nullopt;
    return FlatTable(file_, place + *offset);
  }

 private:
  template <typename T>
  static std::optional<T> read(std::string_view file, std::uint64_t place) {
    if (place > file.size() || file.size() - place < sizeof(T)) return std::nullopt;
    T number{};
    std::memcpy(&number, file.data() + place, sizeof number);
    return number;
  }

  // Where field `index` lies.
  [[nodiscard]] std::optional<std::uint64_t> field(unsigned index) const {
    const auto back = read<std::int32_t>(file_, place_);
    if (!back) return std::nullopt;
    const std::uint64_t layout = place_ - static_cast<std::uint64_t>(std::int64_t{*back});
    const auto size = read<std::uint16_t>(file_, layout);
    const std::uint64_t entry = 4 + 2 * std::uint64_t{index};
    if (!size || entry + 2 > *size) return std::nullopt;
    const auto offset = read<std::uint16_t>(file_, layout + entry);
    if (!offset || *offset == 0) return std::nullopt;
    return place_ + *offset;
  }

  [[nodiscard]] std::optional<std::uint64_t> vector(unsigned index) const {
    const auto at = field(index);
    const auto offset = at ? read<std::uint32_t>(file_, *at) : std::nullopt;
    if (!offset) return std::nullopt;
    return *at + *offset;
  }

  std::string_view file_;
  std::uint64_t place_;
};

}  // namespace sluice::backends
