#include "image_file.h"

#include <cstddef>
#include <optional>
#include <string>

#include "byte_order.h"
#include "png_file.h"

namespace sluice::backends::ggml {
namespace {

constexpr std::uint64_t pixels_max = 64'000'000;
constexpr std::uint64_t ratio_max = 200;
constexpr std::string_view png_signature = "\x89PNG\r\n\x1a\n";

std::optional<ImageSize> both(std::optional<std::uint32_t> width, std::optional<std::uint32_t> height) {
  if (!width || !height) return std::nullopt;
  return ImageSize{*width, *height};
}

// From segment to segment, to the header of a frame.
std::optional<ImageSize> jpeg_size(std::string_view file) {
  std::size_t at = 2;
  while (const auto marker = big_endian(file, at, 2)) {
    const std::uint32_t code = *marker & 0xFFU;
    if (*marker >> 8U != 0xFF) return std::nullopt;
    const bool is_fill = code == 0xFF;
    if (is_fill) {
      ++at;
      continue;
    }
    const bool is_frame = code >= 0xC0 && code <= 0xCF && code != 0xC4 && code != 0xC8 && code != 0xCC;
    if (is_frame) return both(big_endian(file, at + 7, 2), big_endian(file, at + 5, 2));
    const bool is_alone = code == 0x01 || (code >= 0xD0 && code <= 0xD8);
    const auto length = is_alone ? std::optional<std::uint32_t>(0) : big_endian(file, at + 2, 2);
    const bool is_end = code == 0xD9 || code == 0xDA;
    if (is_end || !length || (!is_alone && *length < 2)) return std::nullopt;
    at += 2 + *length;
  }
  return std::nullopt;
}

// Heights below 0 stand for rows from the top.
std::optional<ImageSize> bmp_size(std::string_view file) {
  const auto header = little_endian(file, 14, 4);
  if (!header) return std::nullopt;
  if (*header == 12) return both(little_endian(file, 18, 2), little_endian(file, 20, 2));
  const auto height = little_endian(file, 22, 4);
  if (!height) return std::nullopt;
  const auto rows = static_cast<std::int32_t>(*height);
  return both(little_endian(file, 18, 4), rows < 0 ? 0U - *height : *height);
}

std::optional<ImageSize> size_of(std::string_view file, bool& is_known) {
  is_known = true;
  if (file.starts_with(png_signature)) {
    const auto header = png_header(file);
    return header ? both(header->width, header->height) : std::nullopt;
  }
  if (file.starts_with("\xFF\xD8\xFF")) return jpeg_size(file);
  if (file.starts_with("GIF8")) return both(little_endian(file, 6, 2), little_endian(file, 8, 2));
  if (file.starts_with("BM")) return bmp_size(file);
  is_known = false;
  return std::nullopt;
}

}  // namespace

Result<ImageSize> check_image(std::string_view bytes) {
  bool is_known = false;
  const auto size = size_of(bytes, is_known);
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
  if (bytes.starts_with(png_signature)) {
    if (auto fits = check_png_data(bytes, *png_header(bytes)); !fits) return std::unexpected(fits.error());
  }
  return *size;
}

}  // namespace sluice::backends::ggml
