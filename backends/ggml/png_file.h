// A look at a PNG before it is unpacked.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/result.h"

namespace sluice::backends::ggml {

struct PngHeader {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t bits = 0;  // of a pixel
};

// Nothing: its first chunk is no header, as the format (W3C's PNG specification) wants it.
[[nodiscard]] std::optional<PngHeader> png_header(std::string_view bytes);

// INVALID: it unpacks to more than its sides account for. What is damaged in other ways, whoever unpacks it
// says.
[[nodiscard]] Result<void> check_png_data(std::string_view bytes, const PngHeader& header);

}  // namespace sluice::backends::ggml
