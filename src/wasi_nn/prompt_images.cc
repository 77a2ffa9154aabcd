#include "wasi_nn/prompt_images.h"

#include <utility>

#include "base/base64.h"
#include "base/value.h"

namespace sluice::wasi_nn {

namespace {

constexpr std::string_view tag_begin = "<img src=\"data:image/";
constexpr std::string_view bytes_begin = ";base64,";
constexpr std::string_view tag_end = "\">";
constexpr std::string_view placeholder = "<image>";

std::unexpected<Error> wrong(std::string why, std::string todo) {
  return fail(ErrorCode::invalid_input, "read the images of a prompt", std::move(why), std::move(todo));
}

// Tags with images in them. A tag that has no bytes or no end is text.
Result<MixedPrompt> read_tags(std::string_view prompt) {
  MixedPrompt mixed;
  while (true) {
    const std::size_t begin = prompt.find(tag_begin);
    const std::size_t bytes = prompt.find(bytes_begin, begin);
    const std::size_t end = prompt.find(tag_end, bytes);
    if (begin == prompt.npos || bytes == prompt.npos || end == prompt.npos) break;
    const std::size_t from = bytes + bytes_begin.size();
    auto file = from_base64(prompt.substr(from, end - from));
    if (!file) return wrong("what an image's tag holds is no base64", {});
    mixed.text += prompt.substr(0, begin);
    mixed.images.push_back({mixed.text.size(), std::move(*file)});
    prompt.remove_prefix(end + tag_end.size());
  }
  mixed.text += prompt;
  return mixed;
}

}  // namespace

Result<MixedPrompt> read_prompt(std::string_view prompt, const std::string& image,
                                const std::function<Result<std::string>(const std::string& path)>& read) {
  auto mixed = read_tags(prompt);
  if (!mixed || !mixed->images.empty() || image.empty()) return mixed;
  const std::size_t at = prompt.find(placeholder);
  if (at == prompt.npos || prompt.find(placeholder, at + 1) != prompt.npos) {
    return wrong(
        "the option image names one, and <image> stands " +
            std::string(at == prompt.npos ? "nowhere in the prompt" : "in the prompt more than once"),
        "write <image> where it belongs");
  }
  auto file = read(image);
  if (!file) return std::unexpected(std::move(file.error()));
  mixed->text.erase(at, placeholder.size());
  mixed->images.push_back({at, std::move(*file)});
  return mixed;
}

}  // namespace sluice::wasi_nn
