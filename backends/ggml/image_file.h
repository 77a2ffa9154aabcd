// A look at an image before it is unpacked: what it is, and how large it will be.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/result.h"

namespace sluice::backends::ggml {

struct ImageSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

// Of a PNG, JPEG, GIF or BMP file. INVALID: it is none of them, its header is broken, or it has more than 64
// million pixels, or no pixels, or unpacks to more than that, or is more than 200 times as wide as it is high
// or as high as it is wide. Formats: W3C's PNG specification (IHDR), ITU-T T.81 (frame headers), GIF89a,
// Microsoft's BITMAPINFOHEADER.
[[nodiscard]] Result<ImageSize> check_image(std::string_view bytes);

}  // namespace sluice::backends::ggml
