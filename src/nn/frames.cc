#include "nn/frames.h"

#include "base/invariant.h"

namespace sluice::nn {

void append_frame(std::string& out, std::uint8_t kind, std::string_view payload) {
  invariant(payload.size() <= frame_payload_bytes_max, "a frame is not larger than its reader allows");
  auto size = static_cast<std::uint32_t>(payload.size());
  for (int i = 0; i < 4; ++i, size >>= 8U) out += static_cast<char>(size & 0xFFU);
  out += static_cast<char>(kind);
  out += payload;
}

void FrameReader::feed(std::string_view bytes) {
  if (broken_) return;
  // Moving the rest to the front only when it is the smaller part keeps this linear.
  if (begin_ > buffer_.size() / 2) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  buffer_ += bytes;
}

std::optional<Frame> FrameReader::next() {
  if (broken_ || pending() < frame_header_bytes) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 4; i-- > 0;) size = size << 8U | static_cast<unsigned char>(buffer_[begin_ + i]);
  if (size > frame_payload_bytes_max) {
    broken_ = true;
    buffer_.clear();
    begin_ = 0;
    return std::nullopt;
  }
  if (pending() < frame_header_bytes + size) return std::nullopt;
  Frame frame{static_cast<std::uint8_t>(buffer_[begin_ + 4]),
              buffer_.substr(begin_ + frame_header_bytes, size)};
  begin_ += frame_header_bytes + size;
  if (begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = 0;
    if (buffer_.capacity() > (1U << 20U)) buffer_.shrink_to_fit();
  }
  return frame;
}

}  // namespace sluice::nn
