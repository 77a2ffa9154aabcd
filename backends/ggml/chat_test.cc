#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "test/test_model.h"

namespace sluice::backends::ggml::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Said prepare(const json& request, json& answer) {
  std::string out;
  sluice_nn_error error{};
  const auto status = llm().chat_prepare(chat_model(), text(request.dump()), into(out), &error);
  if (status == SLUICE_NN_OK) answer = json::parse(out);
  return {status, error.text};
}

json user(const std::string& content) {
  return {{"role", "user"}, {"content", content}};
}

TEST(Chat, RendersTheModelsTemplate) {
  json answer;
  ASSERT_EQ(prepare({{"messages",
                      {{{"role", "system"}, {"content", "Be short."}},
                       user("Hi"),
                       {{"role", "assistant"}, {"content", "Yes?"}},
                       user("Why?")}}},
                    answer)
                .status,
            SLUICE_NN_OK);
  EXPECT_EQ(answer.at("prompt"),
            "<|im_start|>system\nBe "
            "short.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes?<|im_end|>\n"
            "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n");
  EXPECT_EQ(answer.at("grammar"), "");
  EXPECT_EQ(answer.at("parser"), "");
}

TEST(Chat, TurnsFormatsIntoGrammars) {
  json answer;
  json request{{"messages", {user("x")}}, {"response_format", {{"type", "json_object"}}}};
  ASSERT_EQ(prepare(request, answer).status, SLUICE_NN_OK);
  EXPECT_THAT(answer.at("grammar").get<std::string>(), HasSubstr("root ::="));
  request["response_format"] = {
      {"type", "json_schema"},
      {"schema", {{"type", "object"}, {"properties", {{"zebra", {{"type", "string"}}}}}}}};
  ASSERT_EQ(prepare(request, answer).status, SLUICE_NN_OK);
  EXPECT_THAT(answer.at("grammar").get<std::string>(), HasSubstr("zebra"));
  request["response_format"] = {{"type", "grammar"}, {"grammar", "root ::= \"a\""}};
  ASSERT_EQ(prepare(request, answer).status, SLUICE_NN_OK);
  EXPECT_EQ(answer.at("grammar"), "root ::= \"a\"");
  request["response_format"] = {{"type", "poem"}};
  EXPECT_THAT(prepare(request, answer).text, HasSubstr("poem"));
}

json weather_tool() {
  return {
      {"type", "function"},
      {"function",
       {{"name", "weather"},
        {"description", "The weather of a place."},
        {"parameters",
         {{"type", "object"}, {"properties", {{"place", {{"type", "string"}}}}}, {"required", {"place"}}}}}}};
}

TEST(Chat, OffersToolsAndReadsCalls) {
  json answer;
  const json request{
      {"messages", {user("Weather in Rome?")}}, {"tools", {weather_tool()}}, {"tool_choice", "required"}};
  const Said said = prepare(request, answer);
  ASSERT_EQ(said.status, SLUICE_NN_OK) << said.text;
  EXPECT_THAT(answer.at("grammar").get<std::string>(), HasSubstr("weather"));
  const std::string parser = answer.at("parser").get<std::string>();
  ASSERT_FALSE(parser.empty());
  // The model keeps to the grammar, so that what it writes can be read.
  Sampler sampler;
  sluice_nn_sampling sampling = greedy();
  const std::string grammar = answer.at("grammar");
  const std::string triggers = answer.at("grammar_triggers");
  sampling.grammar = text(grammar);
  sampling.grammar_lazy = answer.at("grammar_lazy").get<bool>() ? 1 : 0;
  sampling.grammar_triggers = text(triggers);
  ASSERT_EQ(make_sampler(sampling, sampler).status, SLUICE_NN_OK);
  const Context context = make_context(chat_model(), small_context());
  const auto prompt = tokens_of(chat_model(), answer.at("prompt").get<std::string>(), 1, 1);
  const auto tokens = generate(context.get(), sampler.get(), feed(context.get(), prompt, 0, 0), 0,
                               static_cast<std::int32_t>(prompt.size()), 200);
  const std::string written = text_of(chat_model(), tokens);
  std::string out;
  ASSERT_EQ(llm().chat_parse(chat_model(), text(parser), text(written), 0, into(out), nullptr), SLUICE_NN_OK);
  const json message = json::parse(out);
  ASSERT_TRUE(message.contains("tool_calls")) << written << "\n" << out;
  EXPECT_EQ(message["tool_calls"][0]["function"]["name"], "weather");
  EXPECT_TRUE(
      json::parse(message["tool_calls"][0]["function"]["arguments"].get<std::string>()).contains("place"))
      << out;
}

TEST(Chat, RefusesWhatMakesNoSense) {
  json answer;
  EXPECT_EQ(prepare(json::array(), answer).status, SLUICE_NN_INVALID);
  EXPECT_THAT(prepare({{"messages", json::array()}}, answer).text, HasSubstr("no messages"));
  EXPECT_THAT(prepare({{"messages", {{{"role", "king"}, {"content", "x"}}}}}, answer).text,
              HasSubstr("king"));
  EXPECT_EQ(prepare({{"messages", {{{"role", "user"}}}}}, answer).status, SLUICE_NN_INVALID);
  EXPECT_EQ(prepare({{"messages", {{{"role", "user"}, {"content", 5}}}}}, answer).status, SLUICE_NN_INVALID);
  EXPECT_EQ(prepare({{"messages", {user("x")}}, {"tools", {{{"type", "function"}}}}}, answer).status,
            SLUICE_NN_INVALID);
  json both{
      {"messages", {user("x")}}, {"tools", {weather_tool()}}, {"response_format", {{"type", "json_object"}}}};
  EXPECT_THAT(prepare(both, answer).text, HasSubstr("together"));
  json tool = weather_tool();
  tool["function"]["parameters"]["properties"]["place"]["minLength"] = 1'000'000'000;
  const Said said = prepare({{"messages", {user("x")}}, {"tools", {tool}}}, answer);
  EXPECT_EQ(said.status, SLUICE_NN_INVALID);
  EXPECT_THAT(said.text, HasSubstr("tool 'weather'"));
  std::string deep(5000, '[');
  EXPECT_EQ(llm().chat_prepare(chat_model(), text(deep), sluice_nn_sink{}, nullptr), SLUICE_NN_INVALID);
  EXPECT_EQ(llm().chat_prepare(embedding_model(), text(R"({"messages":[{"role":"user","content":"x"}]})"),
                               sluice_nn_sink{}, nullptr),
            SLUICE_NN_UNSUPPORTED);
}

}  // namespace
}  // namespace sluice::backends::ggml::test
