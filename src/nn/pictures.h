// Images among the tokens of a prompt. The positions of one hold numbers below 0 that follow from its bytes,
// so that prompts with the same image begin alike, and what was computed of it is found again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "nn/chat.h"
#include "nn/loaded_model.h"

namespace sluice::nn {

// An image, or a part of one that is computed by itself.
struct Picture {
  std::size_t begin = 0;      // where it stands among the tokens
  std::size_t positions = 0;  // how many of them it is
  std::size_t room = 0;       // how many tokens of the context it takes; may be more
  std::size_t stretch = 0;    // of the plug-in's prompt
};

class Pictures {
 public:
  Pictures() = default;
  // `all`: in the order of their places.
  Pictures(MixedHandle mixed, std::vector<Picture> all) : mixed_(std::move(mixed)), all_(std::move(all)) {}

  [[nodiscard]] std::span<const Picture> all() const { return all_; }
  [[nodiscard]] const sluice_nn_mixed_prompt* mixed() const { return mixed_.get(); }
  // The first that ends behind `position`; null: there is none.
  [[nodiscard]] const Picture* next(std::size_t position) const;
  // What they take of the context beyond their positions.
  [[nodiscard]] std::size_t extra_room() const;

 private:
  MixedHandle mixed_;
  std::vector<Picture> all_;
};

// The tokens of a prompt with images. invalid_input: one that is none, or the model is shown no images.
[[nodiscard]] Result<std::vector<std::int32_t>> read_mixed(const LoadedModel& model,
                                                           const TextRequest& request, Pictures& pictures);

}  // namespace sluice::nn
