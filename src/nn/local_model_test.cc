// The engine with a real backend and the packaged models, in a worker. Needs what script/bootstrap installs.
#include <gmock/gmock.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <iostream>
#include <list>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>

#include "nn/models.h"

namespace sluice::nn {
namespace {

using namespace std::chrono_literals;

class LocalModelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path binaries(SLUICE_BINARY_DIR);
    const auto backends = binaries / "backends";
    if (!std::filesystem::exists(backends / "sluice-nn-ggml.so")) GTEST_SKIP() << "this build has no backend";
    models_.emplace(ModelsSettings{binaries / "src" / "nn" / "nn_worker", backends});
    ModelSpec spec;
    spec.name = "smollm2";
    const auto folder = std::filesystem::path(SLUICE_SOURCE_DIR) / ".deps" / "models";
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      const std::string name = file.path().filename().string();
      if (name.ends_with(".gguf") && name.starts_with("smol")) spec.path = file.path();
      if (name.ends_with(".gguf") && name.contains("ini")) embedding_ = file.path();
    }
    spec.context_tokens = 2048;
    model_ = models_->open(spec).value();
  }

  static ChatRequest chat(const std::string& text, std::uint32_t tokens) {
    ChatRequest request;
    request.messages = {{Role::system, "You are a helpful assistant.", {}, {}}, {Role::user, text, {}, {}}};
    request.options.sampling.temperature = 0;
    request.options.tokens_max = tokens;
    return request;
  }

  struct Outcome {
    std::optional<Result<Completion>> answer;
    asio::cancellation_signal cancel;
  };
  // Keeps `at_once` requests under way until all are done; those that `cancelled` names are cancelled soon.
  std::list<Outcome> ask_all(const std::vector<ChatRequest>& requests, std::size_t at_once,
                             const std::vector<bool>& cancelled = {}) {
    asio::io_context context;
    std::list<Outcome> outcomes;
    std::list<asio::steady_timer> timers;
    std::size_t next = 0;
    std::function<void()> start = [&] {
      if (next == requests.size()) return;
      const std::size_t index = next++;
      Outcome& outcome = outcomes.emplace_back();
      asio::co_spawn(context, model_->chat(requests[index], {std::to_string(index % 4), 0ms}),
                     asio::bind_cancellation_slot(outcome.cancel.slot(),
                                                  [&](std::exception_ptr, Result<Completion> answer) {
                                                    outcome.answer = std::move(answer);
                                                    start();
                                                  }));
      if (index >= cancelled.size() || !cancelled[index]) return;
      timers.emplace_back(context, 100ms).async_wait([&outcome](boost::system::error_code) {
        if (!outcome.answer) outcome.cancel.emit(asio::cancellation_type::terminal);
      });
    };
    for (std::size_t i = 0; i < at_once; ++i) start();
    context.run();
    return outcomes;
  }

  std::optional<Models> models_;
  std::shared_ptr<LanguageModel> model_;
  std::filesystem::path embedding_;
};

TEST_F(LocalModelTest, JsonBySchemaIsValidWithEightAtOnce) {
  std::vector<ChatRequest> requests;
  for (int i = 0; i < 100; ++i) {
    ChatRequest request = chat("Describe the animal number " + std::to_string(i) + " as JSON.", 120);
    request.options.sampling.temperature = 0.9F;
    request.options.sampling.seed = static_cast<std::uint64_t>(i);
    request.format = {ResponseFormat::Kind::json_schema,
                      R"({"type":"object","properties":{"name":{"type":"string","maxLength":20},)"
                      R"("legs":{"type":"integer","minimum":0,"maximum":9},"tame":{"type":"boolean"}},)"
                      R"("required":["name","legs","tame"],"additionalProperties":false})"};
    requests.push_back(std::move(request));
  }
  for (const Outcome& outcome : ask_all(requests, 8)) {
    ASSERT_TRUE(*outcome.answer) << outcome.answer->error().to_string();
    const Completion& answer = **outcome.answer;
    const auto value = nlohmann::json::parse(answer.message.content, nullptr, false);
    ASSERT_TRUE(value.is_object()) << answer.message.content;
    EXPECT_TRUE(value["name"].is_string() && value["legs"].is_number_integer() && value["tame"].is_boolean());
  }
}

TEST_F(LocalModelTest, ToolsAreCalledThoughTheTemplateKnowsNone) {
  ChatRequest request = chat("What is the weather in Rome?", 200);
  request.tools = {
      {"weather", "The weather of a place.",
       R"({"type":"object","properties":{"place":{"$ref":"#/$defs/place"}},"required":["place"],)"
       R"("additionalProperties":false,"$defs":{"place":{"type":"string","maxLength":20}}})"}};
  request.tool_choice = ToolChoice::required;
  asio::io_context context;
  std::optional<Result<Completion>> answer;
  std::vector<Delta> deltas;
  asio::co_spawn(context,
                 model_->chat(request, {"", 0ms, [&](const Delta& delta) { deltas.push_back(delta); }}),
                 [&](std::exception_ptr, Result<Completion> got) { answer = std::move(got); });
  context.run();
  ASSERT_TRUE(*answer) << answer->error().to_string();
  const Message& message = (*answer)->message;
  EXPECT_EQ((*answer)->finish, FinishReason::tool_calls);
  EXPECT_EQ(message.content, "");
  ASSERT_FALSE(message.tool_calls.empty());
  for (const ToolCall& call : message.tool_calls) {
    EXPECT_EQ(call.name, "weather");
    EXPECT_TRUE(nlohmann::json::parse(call.arguments).at("place").is_string());
    EXPECT_FALSE(call.id.empty());
  }
  std::size_t told = 0;
  for (const Delta& delta : deltas) {
    EXPECT_EQ(delta.content, "");
    told += delta.tool_calls.size();
  }
  EXPECT_EQ(told, message.tool_calls.size());
}

// Sums of floats depend a little on how many are computed together, so that a close call between two tokens
// may fall otherwise than alone. The documented tolerance: where an answer first differs, the model alone saw
// its two best tokens less than 1 apart (natural logarithm). What it says after that has another past.
constexpr float close_call = 1;

// How much apart the two best tokens were where the answers first differ; nothing: they don't.
std::optional<float> margin_of_difference(const Completion& together, const Completion& alone) {
  for (std::size_t i = 0; i < alone.logprobs.size(); ++i) {
    const TokenLogprob& token = alone.logprobs[i];
    const bool is_same = i < together.logprobs.size() && together.logprobs[i].token == token.token;
    if (!is_same) return token.top.at(0).logprob - token.top.at(1).logprob;
  }
  return std::nullopt;
}

TEST_F(LocalModelTest, ManyOfMixedSizesWithCancellationsAnswerAsAlone) {
  std::mt19937 random(11);
  std::vector<ChatRequest> requests;
  std::vector<bool> cancelled;
  for (int i = 0; i < 48; ++i) {
    std::string text = "Repeat the word w" + std::to_string(i) + ". ";
    for (std::size_t words = random() % 4 == 0 ? random() % 400 : random() % 20; words > 0; --words)
      text += "and ";
    ChatRequest request = chat(text, static_cast<std::uint32_t>(8 + random() % 24));
    request.options.logprobs = 2;
    requests.push_back(std::move(request));
    cancelled.push_back(random() % 4 == 0);
  }
  const auto together = ask_all(requests, 12, cancelled);
  const auto alone = ask_all(requests, 1);
  std::size_t compared = 0;
  std::size_t same = 0;
  auto other = alone.begin();
  for (const Outcome& outcome : together) {
    const Outcome& reference = *other++;
    ASSERT_TRUE(*reference.answer) << reference.answer->error().to_string();
    if (!*outcome.answer) {
      EXPECT_EQ(outcome.answer->error().code, ErrorCode::cancelled) << outcome.answer->error().to_string();
      continue;
    }
    ++compared;
    const auto margin = margin_of_difference(**outcome.answer, **reference.answer);
    if (!margin) ++same;
    EXPECT_LT(margin.value_or(0), close_call) << (*outcome.answer)->message.content << "\n"
                                              << (*reference.answer)->message.content;
  }
  std::cout << same << " of " << compared << " as alone; longest wait "
            << model_->stats().longest_wait.count() << " ms\n";
  EXPECT_GT(compared, 20U);
  EXPECT_GT(model_->stats().cached_tokens, 0U);
  EXPECT_EQ(model_->stats().running + model_->stats().waiting, 0U);
}

TEST_F(LocalModelTest, TextsThatMeanTheSameAreNear) {
  ModelSpec spec;
  spec.name = "minilm";
  spec.path = embedding_;
  const auto model = models_->open(spec).value();
  asio::io_context context;
  std::optional<Result<Embedded>> result;
  asio::co_spawn(context, model->embed({"a cat sleeps", "a kitten naps", "the stock market fell"}, {}),
                 [&](std::exception_ptr, Result<Embedded> got) { result = std::move(got); });
  context.run();
  ASSERT_TRUE(*result) << result->error().to_string();
  const auto& vectors = (*result)->vectors;
  const auto nearness = [&](std::size_t a, std::size_t b) {
    return std::inner_product(vectors[a].begin(), vectors[a].end(), vectors[b].begin(), 0.0F);
  };
  EXPECT_NEAR(nearness(0, 0), 1, 0.01);
  EXPECT_GT(nearness(0, 1), nearness(0, 2) + 0.2F);
}

}  // namespace
}  // namespace sluice::nn
