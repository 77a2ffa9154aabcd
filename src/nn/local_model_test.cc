// The engine with a real backend and the packaged models, in a worker. Needs what script/bootstrap installs.
#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>
#include <numeric>

#include "nn/testing/local_model_fixture.h"

namespace sluice::nn {
namespace {

using namespace std::chrono_literals;

using testing::LocalModelTest;

TEST_F(LocalModelTest, JsonBySchemaIsValidWithEightAtOnce) {
  std::vector<ChatRequest> requests;
  for (int i = 0; i < 100; ++i) {
    ChatRequest request = chat("Describe the animal number " + std::to_string(i) + " as JSON.", 400);
    request.options.sampling.temperature = 0.9F;
    request.options.sampling.seed = static_cast<std::uint64_t>(i);
    // Letters may come as escapes, several tokens each: there is room for the longest answer.
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

TEST_F(LocalModelTest, TheSameSeedGivesTheSameTextWhoeverElseIsAnswered) {
  constexpr int count = 36;  // more than are kept
  constexpr int at_once = 12;
  std::vector<ChatRequest> seeded;
  for (int i = 0; i < count; ++i) {
    std::string text = "Tell me of the city number " + std::to_string(i) + ".";
    for (int words = 0; words < i % 6 * 25; ++words) text += " and";
    seeded.push_back(chat(text, 10));
    seeded.back().options.sampling.temperature = 0.8F;
    seeded.back().options.sampling.seed = static_cast<std::uint64_t>(i);
  }
  const auto alone = ask_all(seeded, 1);
  start();
  auto reference = alone.begin();
  for (int first = 0; first < count; first += at_once) {
    std::vector<ChatRequest> mixed;
    for (int i = first; i < first + at_once; ++i) {
      const ChatRequest& request = seeded[static_cast<std::size_t>(i)];
      mixed.push_back(chat(request.messages.back().content + " Be brief.", 8));
      mixed.push_back(request);
    }
    const auto beside = ask_all(mixed, mixed.size());
    std::size_t place = 0;
    for (const Outcome& outcome : beside) {
      if (place++ % 2 == 0) continue;
      ASSERT_TRUE(*reference->answer && *outcome.answer);
      EXPECT_EQ((*outcome.answer)->message.content, (*reference->answer)->message.content);
      ++reference;
    }
  }
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
