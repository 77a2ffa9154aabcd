#include "nn/pictures.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace sluice::nn {

namespace {

std::unexpected<Error> invalid(const LoadedModel& model, std::string why, std::string todo = {}) {
  return fail(ErrorCode::invalid_input, model.asked(), std::move(why), std::move(todo));
}

// Numbers below 0: 31 bits of a hash of the image, its part and the place in it.
void append_places(const std::string& image_hash, std::size_t part, std::size_t count,
                   std::vector<std::int32_t>& tokens) {
  constexpr std::size_t digits = 8;
  std::string hash;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = i * digits % 64;
    if (at == 0) hash = sha256_hex(image_hash + " " + std::to_string(part) + " " + std::to_string(i));
    std::uint32_t bits = 0;
    std::from_chars(hash.data() + at, hash.data() + at + digits, bits, 16);
    tokens.push_back(-1 - static_cast<std::int32_t>(bits & 0x7FFFFFFFU));
  }
}

Result<MixedHandle> open_mixed(const LoadedModel& model, const TextRequest& request) {
  std::vector<sluice_nn_text> texts;
  std::vector<sluice_nn_text> images;
  const std::string_view prompt = request.prompt;
  std::size_t begin = 0;
  for (const Image& image : request.images) {
    if (image.at < begin || image.at > prompt.size())
      return invalid(model, "an image stands outside of the prompt");
    texts.push_back(plugin_text(prompt.substr(begin, image.at - begin)));
    images.push_back(plugin_text(image.file));
    begin = image.at;
  }
  texts.push_back(plugin_text(prompt.substr(begin)));
  sluice_nn_mixed_prompt* mixed = nullptr;
  sluice_nn_error error{};
  const auto status = model.llm().mixed_open(model.projector(), texts.data(), images.data(), images.size(),
                                             request.special_tokens ? 1 : 0, &mixed, &error);
  if (status != SLUICE_NN_OK) return std::unexpected(plugin_error(status, error, model.asked()));
  return MixedHandle(mixed, PluginClose{&model.llm()});
}

}  // namespace

const Picture* Pictures::next(std::size_t position) const {
  const auto found = std::ranges::find_if(
      all_, [&](const Picture& picture) { return picture.begin + picture.positions > position; });
  return found == all_.end() ? nullptr : &*found;
}

std::size_t Pictures::extra_room() const {
  std::size_t extra = 0;
  for (const Picture& picture : all_) extra += std::max(picture.room, picture.positions) - picture.positions;
  return extra;
}

Result<std::vector<std::int32_t>> read_mixed(const LoadedModel& model, const TextRequest& request,
                                             Pictures& pictures) {
  if (model.projector() == nullptr) {
    return invalid(model, "it is shown no images", "load it with the projector that belongs to it");
  }
  auto mixed = open_mixed(model, request);
  if (!mixed) return std::unexpected(std::move(mixed.error()));
  std::vector<std::string> hashes;
  for (const Image& image : request.images) hashes.push_back(sha256_hex(image.file));
  std::vector<std::int32_t> tokens;
  std::vector<Picture> all;
  sluice_nn_stretch stretch{};
  for (std::size_t i = 0; model.llm().mixed_stretch(mixed->get(), i, &stretch) == 1; ++i) {
    if (stretch.tokens != nullptr) {
      tokens.insert(tokens.end(), stretch.tokens, stretch.tokens + stretch.count);
      continue;
    }
    if (stretch.count == 0 || stretch.image >= hashes.size()) {
      return fail(ErrorCode::unavailable, model.asked(), "its backend prepared an image that there is not");
    }
    all.push_back({tokens.size(), stretch.count, stretch.room, i});
    append_places(hashes[stretch.image], i, stretch.count, tokens);
  }
  pictures = Pictures(std::move(*mixed), std::move(all));
  return tokens;
}

}  // namespace sluice::nn
