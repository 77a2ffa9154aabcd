// The model that the app is linked to, for the core.
#pragma once

#include "model/model.h"

namespace review {

// Over the world's import of `sluice:llm/chat`. A link to `none` is told apart from a model that refuses.
class LinkedModel final : public Model {
 public:
  ModelResult<std::optional<ModelInfo>> describe() override;
  ModelResult<std::vector<std::uint32_t>> count_tokens(std::span<const std::string> texts) override;
  ModelResult<std::vector<ModelResult<ModelAnswer>>> complete_all(
      std::span<const ModelRequest> requests) override;
};

}  // namespace review
