// A look at a model file before llama.cpp reads it: what is not GGUF, cut off or absurd is refused in words.
// Format: docs/gguf.md of ggml.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/result.h"

namespace sluice::backends::ggml {

struct GgufFile {
  std::string architecture;
  std::uint64_t tensors = 0;
  std::uint64_t file_bytes = 0;    // of all parts
  std::uint32_t parts = 1;         // a large model comes in several files
  std::vector<std::string> paths;  // of the parts, in order
};

// NOT_FOUND, CORRUPT.
[[nodiscard]] Result<GgufFile> check_gguf(const std::string& path);

}  // namespace sluice::backends::ggml
