#include "wasm/signatures.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace sluice::wasm {

namespace {

// Sections, kinds and types: WebAssembly core specification, chapter 5 (binary format).
constexpr std::uint8_t section_types = 1;
constexpr std::uint8_t section_imports = 2;
constexpr std::uint8_t section_functions = 3;
constexpr std::uint8_t section_exports = 7;
constexpr std::uint8_t kind_function = 0;
constexpr std::uint8_t kind_table = 1;
constexpr std::uint8_t kind_memory = 2;
constexpr std::uint8_t kind_global = 3;
constexpr std::uint8_t kind_tag = 4;
constexpr std::uint8_t type_function = 0x60;
constexpr std::uint8_t value_f64 = 0x7C;
constexpr std::uint8_t value_i32 = 0x7F;
constexpr std::uint8_t reference_null = 0x63;
constexpr std::uint8_t reference = 0x64;
constexpr std::uint8_t has_maximum = 1;
constexpr std::uint8_t has_page_size = 8;

// Reads within its bytes; past their end it gives zeros and says so.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool at_end() const { return bytes_.empty(); }
  [[nodiscard]] bool failed() const { return failed_; }

  std::uint8_t byte() {
    if (bytes_.empty()) {
      failed_ = true;
      return 0;
    }
    const auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t part = byte();
      value |= static_cast<std::uint64_t>(part & 0x7FU) << shift;
      if ((part & 0x80U) == 0) return value;
    }
    failed_ = true;
    return 0;
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size()) {
      failed_ = true;
      count = bytes_.size();
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

// Whether each function type has numbers only; ends at the first type of another kind.
std::vector<bool> read_types(Reader section) {
  std::vector<bool> plain;
  for (std::uint64_t left = section.number(); left > 0 && !section.failed(); --left) {
    if (section.byte() != type_function) break;
    bool numbers = true;
    for (int side = 0; side < 2; ++side) {
      for (std::uint64_t values = section.number(); values > 0 && !section.failed(); --values) {
        const std::uint8_t type = section.byte();
        if (type == reference || type == reference_null) section.number();
        numbers = numbers && type >= value_f64 && type <= value_i32;
      }
    }
    plain.push_back(numbers);
  }
  return plain;
}

void skip_limits(Reader& section) {
  const std::uint8_t flags = section.byte();
  section.number();
  if ((flags & has_maximum) != 0) section.number();
  if ((flags & has_page_size) != 0) section.number();
}

void skip_value_type(Reader& section) {
  const std::uint8_t type = section.byte();
  if (type == reference || type == reference_null) section.number();
}

// The types of imported functions. Nothing if an import is of a kind that isn't known.
std::optional<std::vector<std::uint64_t>> read_imports(Reader section) {
  std::vector<std::uint64_t> types;
  for (std::uint64_t left = section.number(); left > 0 && !section.failed(); --left) {
    section.take(section.number());
    section.take(section.number());
    switch (section.byte()) {
      case kind_function:
        types.push_back(section.number());
        break;
      case kind_table:
        skip_value_type(section);
        skip_limits(section);
        break;
      case kind_memory:
        skip_limits(section);
        break;
      case kind_global:
        skip_value_type(section);
        section.byte();
        break;
      case kind_tag:
        section.byte();
        section.number();
        break;
      default:
        return std::nullopt;
    }
  }
  if (section.failed()) return std::nullopt;
  return types;
}

using Each = std::function<void(std::string_view name, bool numbers_only)>;

// Calls `each` for every exported function. False if the bytes could not be read.
bool for_each_export(std::string_view bytes, const Each& each) {
  constexpr std::size_t head_bytes = 8;
  if (bytes.size() < head_bytes) return false;
  Reader module(bytes.substr(head_bytes));
  std::vector<bool> plain;
  std::vector<std::uint64_t> functions;
  while (!module.at_end() && !module.failed()) {
    const std::uint8_t id = module.byte();
    Reader section(module.take(module.number()));
    if (id == section_types) plain = read_types(section);
    if (id == section_imports) {
      auto imported = read_imports(section);
      if (!imported) return false;
      functions = std::move(*imported);
    }
    if (id == section_functions) {
      for (std::uint64_t left = section.number(); left > 0 && !section.failed(); --left) {
        functions.push_back(section.number());
      }
    }
    if (id != section_exports) continue;
    for (std::uint64_t left = section.number(); left > 0 && !section.failed(); --left) {
      const std::string_view name = section.take(section.number());
      const std::uint8_t kind = section.byte();
      const std::uint64_t index = section.number();
      if (kind != kind_function) continue;
      const bool known = index < functions.size() && functions[index] < plain.size();
      each(name, known && plain[functions[index]]);
    }
  }
  return !module.failed();
}

}  // namespace

bool takes_numbers_only(std::string_view bytes, std::string_view function) {
  bool plain = false;
  const bool read = for_each_export(bytes, [&](std::string_view name, bool numbers_only) {
    if (name == function) plain = numbers_only;
  });
  return read && plain;
}

bool all_take_numbers_only(std::string_view bytes) {
  bool all = true;
  return for_each_export(bytes, [&](std::string_view, bool numbers_only) { all = all && numbers_only; }) &&
         all;
}

}  // namespace sluice::wasm
