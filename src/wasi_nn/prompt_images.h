// Images in prompts, as programs for WasmEdge write them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "nn/chat.h"

namespace sluice::wasi_nn {

struct MixedPrompt {
  std::string text;  // without what stood for images
  std::vector<nn::Image> images;
};

// `<img src="data:image/TYPE;base64,BYTES">` is an image. Where there is none of them and `image` is a path,
// `<image>` is: it has to stand there once, and `read` reads the file. invalid_input: no base64, no `<image>`
// or several of them; errors of `read`.
[[nodiscard]] Result<MixedPrompt> read_prompt(
    std::string_view prompt, const std::string& image,
    const std::function<Result<std::string>(const std::string& path)>& read);

}  // namespace sluice::wasi_nn
