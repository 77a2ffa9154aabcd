// Projectors for tests: of the kinds that real models come with, small. What a model says of an image means
// nothing then, but every number on the way to it counts.
#pragma once

#include <string>
#include <string_view>

namespace sluice::backends::ggml::test {

// Writes one for models of `width` (the length of a token's vector): 576 for SmolLM2-135M. Kinds:
// "mlp" (LLaVA: 16 tokens an image), "idefics3" (SmolVLM: tiles and an overview, 4 tokens each, texts between
// them), "gemma3" (4 tokens that see each other), "qwen2vl_merger" (as many as the image is large, in rows
// and columns). False: no such kind, or the file cannot be written.
[[nodiscard]] bool write_projector(const std::string& path, std::string_view kind, unsigned width);

}  // namespace sluice::backends::ggml::test
