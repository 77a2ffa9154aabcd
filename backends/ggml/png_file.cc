#include "png_file.h"

#include <zlib.h>

#include <array>
#include <cstddef>
#include <string>

#include "byte_order.h"

namespace sluice::backends::ggml {
namespace {

constexpr std::size_t signature_bytes = 8;
constexpr std::size_t chunk_head_bytes = 8;
constexpr std::size_t chunk_tail_bytes = 4;

std::uint32_t channels(std::uint32_t colour_type) {
  constexpr std::array<std::uint32_t, 7> all{1, 0, 3, 1, 2, 0, 4};
  return colour_type < all.size() ? all[colour_type] : 0;
}

// Counts what a stream that comes in parts unpacks to.
class Inflated {
 public:
  Inflated() { is_good_ = inflateInit(&stream_) == Z_OK; }
  Inflated(const Inflated&) = delete;
  Inflated& operator=(const Inflated&) = delete;
  ~Inflated() { inflateEnd(&stream_); }
  // False: it is at its end, damaged, or larger than `most`.
  bool feed(std::string_view part, std::uint64_t most) {
    stream_.next_in =
        reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));  // NOLINT(*-const-cast): only read
    stream_.avail_in = static_cast<uInt>(part.size());
    while (is_good_ && stream_.avail_in > 0 && count_ <= most) {
      std::array<Bytef, 64U << 10U> out;
      stream_.next_out = out.data();
      stream_.avail_out = out.size();
      is_good_ = inflate(&stream_, Z_NO_FLUSH) == Z_OK;
      count_ += out.size() - stream_.avail_out;
    }
    return is_good_ && count_ <= most;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  z_stream stream_{};
  bool is_good_ = false;
  std::uint64_t count_ = 0;
};

}  // namespace

std::optional<PngHeader> png_header(std::string_view bytes) {
  constexpr std::uint32_t header_bytes = 13;
  if (big_endian(bytes, signature_bytes, 4) != header_bytes || bytes.substr(signature_bytes + 4, 4) != "IHDR")
    return std::nullopt;
  const auto width = big_endian(bytes, 16, 4);
  const auto height = big_endian(bytes, 20, 4);
  const auto depth = big_endian(bytes, 24, 1);
  const auto colours = big_endian(bytes, 25, 1);
  if (!width || !height || !depth || !colours || channels(*colours) == 0) return std::nullopt;
  return PngHeader{*width, *height, channels(*colours) * *depth};
}

Result<void> check_png_data(std::string_view bytes, const PngHeader& header) {
  const std::uint64_t row = (std::uint64_t{header.width} * header.bits + 7) / 8 + 1;
  // Interlaced ones have a little more, in rows that are shorter.
  const std::uint64_t most = 2 * row * header.height + 65536;
  Inflated data;
  std::size_t at = signature_bytes;
  bool is_more = true;
  while (is_more) {
    const auto length = big_endian(bytes, at, 4);
    if (!length) break;
    const std::string_view rest = bytes.substr(at + 4);
    if (rest.starts_with("IDAT")) is_more = data.feed(rest.substr(4, *length), most);
    at += chunk_head_bytes + *length + chunk_tail_bytes;
  }
  if (data.count() <= most) return {};
  return failed(SLUICE_NN_INVALID, "the image unpacks to more than its " + std::to_string(header.width) +
                                       " x " + std::to_string(header.height) + " pixels account for");
}

}  // namespace sluice::backends::ggml
