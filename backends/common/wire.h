// Reads messages of protocol buffers field by field, without knowing what they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::backends {

struct WireField {
  std::uint32_t number = 0;
  std::uint64_t value = 0;  // of a number
  std::string_view bytes;   // of a text, bytes or message
  bool is_bytes = false;
};

class Wire {
 public:
  explicit Wire(std::string_view message) : rest_(message) {}
  // The next field; nothing at the end, or where the bytes are no message. Groups are skipped: nothing that
  // is read here has them.
  std::optional<WireField> next();
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  std::optional<std::uint64_t> varint();
  std::optional<std::string_view> take(std::uint64_t size);
  bool fill(std::uint32_t type, WireField& field);

  std::string_view rest_;
  bool broken_ = false;
};

}  // namespace sluice::backends
