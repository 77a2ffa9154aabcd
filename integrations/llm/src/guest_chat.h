// `sluice:llm/chat` over an `Api`: what a component of this kind exports, whichever provider it speaks to.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api.h"
#include "guest_world.h"
#include "problem.h"

namespace llm {

// Defined by each component: its name, and its API by its settings.
extern const std::string_view component_name;
[[nodiscard]] Outcome<std::unique_ptr<Api>> make_api(Outside& outside);

[[nodiscard]] ::sluice::llm::types::Error to_abi(const Problem& problem);
[[nodiscard]] std::optional<std::string> text_of(const std::optional<wit::string>& text);

}  // namespace llm
