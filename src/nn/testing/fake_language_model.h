// A language model for tests: answers as the test says, and keeps what it was asked.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nn/language_model.h"

namespace sluice::nn::testing {

// The default: the last message's text (or the prompt) comes back, one character a token.
[[nodiscard]] inline Completion echo(std::string text) {
  Completion completion;
  completion.message.role = Role::assistant;
  completion.usage.prompt_tokens = static_cast<std::uint32_t>(text.size());
  completion.usage.completion_tokens = static_cast<std::uint32_t>(text.size());
  completion.message.content = std::move(text);
  completion.model = "fake";
  return completion;
}

[[nodiscard]] inline ModelInfo known(std::string name, std::uint32_t context_tokens) {
  ModelInfo info;
  info.name = std::move(name);
  info.context_tokens = context_tokens;
  return info;
}

class FakeLanguageModel : public LanguageModel {
 public:
  std::function<Task<Result<Completion>>(const ChatRequest&, const Ask&)> on_chat;
  std::function<Task<Result<Completion>>(const TextRequest&, const Ask&)> on_generate;
  std::function<Result<Embedded>(const std::vector<std::string>&)> on_embed;
  Result<ModelInfo> its_info = known("fake", 4096);
  Stats its_stats;
  std::vector<ChatRequest> chats;
  std::vector<TextRequest> texts;
  std::vector<std::string> owners;

  [[nodiscard]] const std::string& name() const override { return name_; }
  Task<Result<ModelInfo>> info() override { co_return its_info; }
  Task<Result<Completion>> chat(ChatRequest request, Ask ask) override {
    chats.push_back(request);
    owners.push_back(ask.owner);
    if (on_chat) co_return co_await on_chat(request, ask);
    Completion completion = echo(request.messages.back().content);
    tell(completion, ask);
    co_return completion;
  }
  Task<Result<Completion>> generate(TextRequest request, Ask ask) override {
    texts.push_back(request);
    owners.push_back(ask.owner);
    if (on_generate) co_return co_await on_generate(request, ask);
    Completion completion = echo(request.prompt);
    tell(completion, ask);
    co_return completion;
  }
  Task<Result<Embedded>> embed(std::vector<std::string> given, Ask ask) override {
    owners.push_back(ask.owner);
    if (on_embed) co_return on_embed(given);
    Embedded embedded;
    embedded.model = "fake";
    for (const std::string& text : given) {
      embedded.vectors.push_back({1.0F, 0.0F, static_cast<float>(text.size())});
      embedded.prompt_tokens += static_cast<std::uint32_t>(text.size());
    }
    co_return embedded;
  }
  Task<Result<std::vector<std::uint32_t>>> count_tokens(std::vector<std::string> given) override {
    std::vector<std::uint32_t> counts;
    for (const std::string& text : given) counts.push_back(static_cast<std::uint32_t>(text.size()));
    co_return counts;
  }
  [[nodiscard]] Stats stats() const override { return its_stats; }

 private:
  // One piece for each word.
  static void tell(const Completion& completion, const Ask& ask) {
    if (!ask.on_delta) return;
    const std::string& text = completion.message.content;
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = text.find(' ', at + 1);
      if (end == std::string::npos) end = text.size();
      Delta delta;
      delta.content = text.substr(at, end - at);
      ask.on_delta(delta);
      at = end;
    }
  }

  std::string name_ = "fake";
};

}  // namespace sluice::nn::testing
