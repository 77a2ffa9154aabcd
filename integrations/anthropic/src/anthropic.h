// Anthropic's Messages API, version 2023-06-01.
// Facts: https://docs.anthropic.com (messages, streaming, errors, tool use).
#pragma once

#include <string>

#include "api.h"

namespace anthropic {

struct AnthropicSettings {
  llm::Settings common;
  // The API wants a limit in each request; this one where the request has none.
  std::uint32_t max_tokens = 4096;
};

[[nodiscard]] llm::Outcome<AnthropicSettings> read_anthropic_settings(llm::Outside& outside);

class Anthropic final : public llm::Api {
 public:
  Anthropic(llm::Outside& outside, AnthropicSettings settings)
      : outside_(outside), settings_(std::move(settings)) {}

  [[nodiscard]] const llm::Settings& settings() const override { return settings_.common; }
  [[nodiscard]] llm::Outcome<llm::HttpRequest> write(const llm::Request& request) override;
  [[nodiscard]] std::expected<llm::Completion, llm::Trouble> read(const llm::Request& request,
                                                                  const llm::HttpAnswer& answer) override;
  [[nodiscard]] llm::Trouble judge(const llm::HttpAnswer& answer) override;

 private:
  llm::Outside& outside_;
  AnthropicSettings settings_;
};

}  // namespace anthropic
