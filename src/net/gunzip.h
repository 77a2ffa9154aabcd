// Decompression of gzip (RFC 1952) as it arrives, strict: one stream, whole, with the right checksum and
// length.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace sluice::net {

class Gunzip {
 public:
  // At most bytes_max bytes come out.
  explicit Gunzip(std::size_t bytes_max);
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  // Decodes the next piece and appends to `out`. `limit` if more than bytes_max bytes come out in all,
  // `invalid_input` if it is no gzip, damaged, or goes on behind its end. After an error: nothing more.
  [[nodiscard]] Status write(std::string_view piece, std::string& out);

  // `invalid_input` unless the stream came to its end.
  [[nodiscard]] Status finish() const;

 private:
  enum class State : std::uint8_t { running, ended, broken };
  z_stream stream_{};
  State state_ = State::broken;
  std::size_t left_;
};

}  // namespace sluice::net
