#include "image_file.h"

#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>

namespace sluice::backends::ggml {
namespace {

constexpr std::uint64_t pixels_max = 64'000'000;
constexpr std::uint64_t ratio_max = 200;

// Reads numbers of a file; beyond its end they are nothing.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] bool begins_with(std::string_view magic) const { return bytes_.starts_with(magic); }
  [[nodiscard]] std::optional<std::uint32_t> big(std::size_t at, std::size_t count) const {
    return number(at, count, [count](std::size_t i) { return 8 * (count - 1 - i); });
  }
  [[nodiscard]] std::optional<std::uint32_t> little(std::size_t at, std::size_t count) const {
    return number(at, count, [](std::size_t i) { return 8 * i; });
  }

 private:
  template <class Shift>
  [[nodiscard]] std::optional<std::uint32_t> number(std::size_t at, std::size_t count, Shift shift) const {
    if (at > bytes_.size() || count > bytes_.size() - at) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
      value |= std::uint32_t{static_cast<unsigned char>(bytes_[at + i])} << shift(i);
    return value;
  }
  std::string_view bytes_;
};

std::optional<ImageSize> both(std::optional<std::uint32_t> width, std::optional<std::uint32_t> height) {
  if (!width || !height) return std::nullopt;
  return ImageSize{*width, *height};
}

// From segment to segment, to the header of a frame.
std::optional<ImageSize> jpeg_size(const Bytes& file) {
  std::size_t at = 2;
  while (const auto marker = file.big(at, 2)) {
    const std::uint32_t code = *marker & 0xFFU;
    if (*marker >> 8U != 0xFF) return std::nullopt;
    const bool is_fill = code == 0xFF;
    if (is_fill) {
      ++at;
      continue;
    }
    const bool is_frame = code >= 0xC0 && code <= 0xCF && code != 0xC4 && code != 0xC8 && code != 0xCC;
    if (is_frame) return both(file.big(at + 7, 2), file.big(at + 5, 2));
    const bool is_alone = code == 0x01 || (code >= 0xD0 && code <= 0xD8);
    const auto length = is_alone ? std::optional<std::uint32_t>(0) : file.big(at + 2, 2);
    const bool is_end = code == 0xD9 || code == 0xDA;
    if (is_end || !length || (!is_alone && *length < 2)) return std::nullopt;
    at += 2 + *length;
  }
  return std::nullopt;
}

// Heights below 0 stand for rows from the top.
std::optional<ImageSize> bmp_size(const Bytes& file) {
  const auto header = file.little(14, 4);
  if (!header) return std::nullopt;
  if (*header == 12) return both(file.little(18, 2), file.little(20, 2));
  const auto height = file.little(22, 4);
  if (!height) return std::nullopt;
  const auto rows = static_cast<std::int32_t>(*height);
  return both(file.little(18, 4), rows < 0 ? 0U - *height : *height);
}

std::optional<ImageSize> size_of(const Bytes& file, bool& is_known) {
  is_known = true;
  if (file.begins_with("\x89PNG\r\n\x1a\n")) return both(file.big(16, 4), file.big(20, 4));
  if (file.begins_with("\xFF\xD8\xFF")) return jpeg_size(file);
  if (file.begins_with("GIF8")) return both(file.little(6, 2), file.little(8, 2));
  if (file.begins_with("BM")) return bmp_size(file);
  is_known = false;
  return std::nullopt;
}

}  // namespace

Result<ImageSize> check_image(std::string_view bytes) {
  bool is_known = false;
  const auto size = size_of(Bytes(bytes), is_known);
  if (!is_known) return failed(SLUICE_NN_INVALID, "the image is no PNG, JPEG, GIF or BMP file");
  if (!size || size->width == 0 || size->height == 0)
    return failed(SLUICE_NN_INVALID, "the image's header is broken or cut off");
  const std::uint64_t width = size->width;
  const std::uint64_t height = size->height;
  const std::string numbers = std::to_string(width) + " x " + std::to_string(height);
  if (width * height > pixels_max) {
    return failed(SLUICE_NN_INVALID, "the image has " + numbers + " pixels, and " +
                                         std::to_string(pixels_max) + " are the most; make it smaller");
  }
  if (width > height * ratio_max || height > width * ratio_max) {
    return failed(SLUICE_NN_INVALID, "the image has " + numbers + " pixels: one side is more than " +
                                         std::to_string(ratio_max) + " times the other");
  }
  return *size;
}

}  // namespace sluice::backends::ggml
