// OpenAI's API, as OpenAI itself and the many servers that speak it like to hear it.
// Facts: https://platform.openai.com/docs/api-reference (chat, embeddings, errors).
#pragma once

#include <memory>
#include <string>

#include "api.h"

namespace openai {

// Which of two fields limits the answer.
enum class LimitField : std::uint8_t { max_completion_tokens, max_tokens };

// Whether a schema is sent as strict. `fitting`: where it is one that OpenAI takes as strict.
enum class Strict : std::uint8_t { fitting, always, never };

struct OpenAiSettings {
  llm::Settings common;
  LimitField limit_field = LimitField::max_tokens;
  Strict strict = Strict::fitting;
  bool usage_in_stream = true;
  std::string embedding_model;  // empty: the common one
};

[[nodiscard]] llm::Outcome<OpenAiSettings> read_openai_settings(llm::Outside& outside);

class OpenAi final : public llm::Api {
 public:
  OpenAi(llm::Outside& outside, OpenAiSettings settings)
      : outside_(outside), settings_(std::move(settings)) {}

  [[nodiscard]] const llm::Settings& settings() const override { return settings_.common; }
  [[nodiscard]] const OpenAiSettings& own_settings() const { return settings_; }
  [[nodiscard]] llm::Outcome<llm::HttpRequest> write(const llm::Request& request) override;
  [[nodiscard]] std::expected<llm::Completion, llm::Trouble> read(const llm::Request& request,
                                                                  const llm::HttpAnswer& answer) override;
  [[nodiscard]] llm::Trouble judge(const llm::HttpAnswer& answer) override;
  // Learns which field limits the answer, and whether a stream may tell usage.
  [[nodiscard]] bool adapt(const llm::HttpAnswer& answer) override;

  // To `path` below the base URL.
  [[nodiscard]] llm::HttpRequest post(std::string_view path, std::string body) const;

 private:
  llm::Outside& outside_;
  OpenAiSettings settings_;
};

}  // namespace openai
