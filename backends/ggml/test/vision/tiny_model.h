// Language models for tests whose tokens are bytes and names that projectors ask for.
#pragma once

#include <string>
#include <string_view>

namespace sluice::backends::ggml::test {

inline constexpr unsigned tiny_width = 64;

// Architectures: "llama", "qwen2vl" (an image's tokens stand in rows and columns). False: it cannot be
// written.
[[nodiscard]] bool write_tiny_model(const std::string& path, std::string_view architecture);

}  // namespace sluice::backends::ggml::test
