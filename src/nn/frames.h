// Frames on a stream of bytes: length of the payload (4 bytes, little endian), kind (1 byte), payload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::nn {

inline constexpr std::size_t frame_header_bytes = 5;
inline constexpr std::size_t frame_payload_bytes_max = 64U << 20U;

struct Frame {
  std::uint8_t kind = 0;
  std::string payload;
};

// Appends a frame. The payload is at most frame_payload_bytes_max bytes.
void append_frame(std::string& out, std::uint8_t kind, std::string_view payload);

// Takes frames out of bytes as they come. Holds no more than what came.
class FrameReader {
 public:
  void feed(std::string_view bytes);
  // The next whole frame, if it is there. Nothing more comes once `broken`.
  [[nodiscard]] std::optional<Frame> next();
  // A length was beyond the limit: what follows cannot be read.
  [[nodiscard]] bool broken() const { return broken_; }
  // Bytes of a frame that is not whole.
  [[nodiscard]] std::size_t pending() const { return buffer_.size() - begin_; }

 private:
  std::string buffer_;
  std::size_t begin_ = 0;
  bool broken_ = false;
};

}  // namespace sluice::nn
