#include "nn/testing/fake_pictures.h"

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nn/testing/fake_context.h"
#include "nn/testing/fake_language.h"

struct sluice_nn_projector {};

struct sluice_nn_mixed_prompt {
  struct Stretch {
    std::vector<std::int32_t> tokens;
    bool is_picture = false;
    bool is_wide = false;
    bool is_broken = false;
    std::size_t image = 0;
  };
  std::vector<Stretch> stretches;
};

namespace sluice::nn::testing {

sluice_nn_status fake_projector_open(sluice_nn_model* /*model*/, const char* path, std::uint32_t /*threads*/,
                                     sluice_nn_projector** projector, sluice_nn_error* error) {
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!text.starts_with("FAKE PROJECTOR")) return failed(error, SLUICE_NN_CORRUPT, "it is no fake projector");
  *projector = new sluice_nn_projector;
  return SLUICE_NN_OK;
}

void fake_projector_close(sluice_nn_projector* projector) {
  delete projector;
}

sluice_nn_status fake_mixed_open(const sluice_nn_projector* /*projector*/, const sluice_nn_text* texts,
                                 const sluice_nn_text* images, std::size_t count, int /*parse_special*/,
                                 sluice_nn_mixed_prompt** prompt, sluice_nn_error* error) {
  auto mixed = std::make_unique<sluice_nn_mixed_prompt>();
  for (std::size_t i = 0; i <= count; ++i) {
    std::vector<std::int32_t> words = prompt_tokens(view(texts[i]));
    if (i > 0) words.erase(words.begin());
    if (!words.empty()) mixed->stretches.push_back({std::move(words)});
    if (i == count) break;
    const std::string_view file = view(images[i]);
    std::vector<std::int32_t> places = picture_tokens(file);
    if (places.empty()) return failed(error, SLUICE_NN_INVALID, "it is no fake picture");
    mixed->stretches.push_back(
        {std::move(places), true, file.contains("!wide"), file.contains("!broken"), i});
  }
  *prompt = mixed.release();
  return SLUICE_NN_OK;
}

void fake_mixed_close(sluice_nn_mixed_prompt* prompt) {
  delete prompt;
}

int fake_mixed_stretch(const sluice_nn_mixed_prompt* prompt, std::size_t index, sluice_nn_stretch* stretch) {
  if (index >= prompt->stretches.size()) return 0;
  const auto& [tokens, is_picture, is_wide, is_broken, image] = prompt->stretches[index];
  *stretch = {is_picture ? nullptr : tokens.data(), tokens.size(), tokens.size() * (is_wide ? 2 : 1), image};
  return 1;
}

sluice_nn_status fake_mixed_decode(sluice_nn_context* context, const sluice_nn_mixed_prompt* prompt,
                                   std::size_t index, std::int32_t sequence, std::int32_t position,
                                   sluice_nn_error* error) {
  const auto& stretch = prompt->stretches.at(index);
  auto& cells = context->sequences.at(static_cast<std::size_t>(sequence));
  if (!stretch.is_picture || cells.size() != static_cast<std::size_t>(position))
    return failed(error, SLUICE_NN_BROKEN, "no picture comes next");
  if (stretch.is_broken) return failed(error, SLUICE_NN_BROKEN, "the fake picture broke");
  const std::size_t room = stretch.tokens.size() * (stretch.is_wide ? 2 : 1);
  if (context->places.used() + room > context->options.tokens)
    return failed(error, SLUICE_NN_FULL, "no room");
  for (const std::int32_t token : stretch.tokens) {
    cells.push_back(
        std::make_shared<sluice_nn_context::Cell>(token, false, context->places, stretch.is_wide));
  }
  return SLUICE_NN_OK;
}

}  // namespace sluice::nn::testing
