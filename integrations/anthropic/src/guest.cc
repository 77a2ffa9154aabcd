// The component: which API it speaks. Chats are in guest_chat.cc.
#include <utility>

#include "anthropic.h"
#include "guest_chat.h"

const std::string_view llm::component_name = "sluice-anthropic";

llm::Outcome<std::unique_ptr<llm::Api>> llm::make_api(Outside& outside) {
  Outcome<anthropic::AnthropicSettings> settings = anthropic::read_anthropic_settings(outside);
  if (!settings) return std::unexpected(std::move(settings.error()));
  return std::make_unique<anthropic::Anthropic>(outside, std::move(*settings));
}
