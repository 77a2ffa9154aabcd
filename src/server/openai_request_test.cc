#include "server/openai_request.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sluice::server {
namespace {

using nlohmann::ordered_json;
using testing::ElementsAre;
using testing::HasSubstr;

ordered_json a_chat() {
  return {{"model", "m"}, {"messages", {{{"role", "user"}, {"content", "Hi"}}}}};
}

ApiError refusal(const ordered_json& body) {
  auto read = read_chat(body.dump());
  EXPECT_FALSE(read) << body;
  return read ? ApiError{} : read.error();
}

TEST(OpenAiRequest, ReadsAllOfAChat) {
  ordered_json body = a_chat();
  body.update(ordered_json{{"temperature", 0.5},
                           {"top_p", 0.25},
                           {"top_k", 7},
                           {"min_p", 0.125},
                           {"seed", -3},
                           {"stop", {"a", "b"}},
                           {"max_completion_tokens", 9},
                           {"logprobs", true},
                           {"top_logprobs", 2},
                           {"logit_bias", {{"5", -100}}},
                           {"n", 3},
                           {"stream", true},
                           {"stream_options", {{"include_usage", true}}},
                           {"user", "me"}});
  const auto read = read_chat(body.dump());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->model, "m");
  EXPECT_EQ(read->user, "me");
  EXPECT_EQ(read->choices, 3U);
  EXPECT_TRUE(read->stream);
  EXPECT_TRUE(read->include_usage);
  const nn::GenerateOptions& options = read->request.options;
  EXPECT_EQ(options.sampling.temperature, 0.5F);
  EXPECT_EQ(options.sampling.top_p, 0.25F);
  EXPECT_EQ(options.sampling.top_k, 7U);
  EXPECT_EQ(options.sampling.min_p, 0.125F);
  EXPECT_EQ(options.sampling.seed, static_cast<std::uint64_t>(-3));
  EXPECT_THAT(options.stop, ElementsAre("a", "b"));
  EXPECT_EQ(options.tokens_max, 9U);
  EXPECT_EQ(options.logprobs, 2U);
  EXPECT_THAT(options.sampling.logit_bias, ElementsAre(std::pair{5, -100.0F}));
}

TEST(OpenAiRequest, LeavesToTheModelWhatIsNotSaid) {
  const auto read = read_chat(a_chat().dump());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->choices, 1U);
  EXPECT_FALSE(read->stream);
  const nn::GenerateOptions& options = read->request.options;
  EXPECT_FALSE(options.sampling.temperature || options.sampling.seed || options.tokens_max ||
               options.logprobs);
  EXPECT_TRUE(read->request.parallel_tool_calls);
  EXPECT_EQ(read->request.format.kind, nn::ResponseFormat::Kind::text);
}

TEST(OpenAiRequest, ReadsMessagesOfAllRoles) {
  ordered_json body = a_chat();
  body["messages"] = ordered_json::parse(R"([
    {"role":"developer","content":"d"},
    {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
    {"role":"assistant","content":null,"refusal":null,
     "tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},
    {"role":"tool","tool_call_id":"1","content":"r"}])");
  const auto read = read_chat(body.dump());
  ASSERT_TRUE(read) << read.error().message;
  const auto& messages = read->request.messages;
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_EQ(messages[0].role, nn::Role::system);
  EXPECT_EQ(messages[1].content, "ab");
  ASSERT_EQ(messages[2].tool_calls.size(), 1U);
  EXPECT_EQ(messages[2].tool_calls[0].arguments, R"({"x":1})");
  EXPECT_EQ(messages[3].role, nn::Role::tool);
  EXPECT_EQ(messages[3].tool_call_id, "1");
}

TEST(OpenAiRequest, KeepsTheOrderOfSchemas) {
  ordered_json body = a_chat();
  const std::string schema = R"({"type":"object","properties":{"z":{"type":"null"},"a":{"type":"null"}}})";
  body["response_format"] = {{"type", "json_schema"},
                             {"json_schema", {{"name", "x"}, {"schema", ordered_json::parse(schema)}}}};
  body["tools"] = {
      {{"type", "function"}, {"function", {{"name", "f"}, {"parameters", ordered_json::parse(schema)}}}}};
  const auto read = read_chat(body.dump());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->request.format.text, schema);
  EXPECT_EQ(read->request.tools[0].parameters, schema);
}

TEST(OpenAiRequest, AFunctionByNameIsTheOnlyOne) {
  ordered_json body = a_chat();
  for (const char* name : {"f", "g"})
    body["tools"].push_back({{"type", "function"}, {"function", {{"name", name}}}});
  body["tool_choice"] = {{"type", "function"}, {"function", {{"name", "g"}}}};
  const auto read = read_chat(body.dump());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->request.tool_choice, nn::ToolChoice::required);
  ASSERT_EQ(read->request.tools.size(), 1U);
  EXPECT_EQ(read->request.tools[0].name, "g");
}

TEST(OpenAiRequest, AFieldThatIsThereTwiceIsNamed) {
  const std::pair<std::string, std::string> cases[] = {
      {R"("temperature":0,"temperature":1)", "temperature"},
      {R"("logit_bias":{"1":1,"2":0,"1":2})", "logit_bias.1"},
      {R"("tools":[{"type":"function","function":{"name":"f","name":"g"}}])", "tools.function.name"},
      {R"("stop":null,"stop":"a")", "stop"},
  };
  for (const auto& [field, param] : cases) {
    const auto read = read_chat(
        R"({"model":"m","messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}],)" + field +
        "}");
    ASSERT_FALSE(read) << field;
    EXPECT_EQ(read.error().param, param);
    EXPECT_EQ(read.error().code, "invalid_value");
    EXPECT_THAT(read.error().message, HasSubstr("twice"));
  }
}

TEST(OpenAiRequest, ToolsHaveNamesOfTheirOwn) {
  ordered_json body = a_chat();
  const auto tool = [](const std::string& name) {
    return ordered_json{{"type", "function"}, {"function", {{"name", name}}}};
  };
  for (const std::string name : {"", "a b", "a\"b", "a\nb", "ä", "a.b"}) {
    body["tools"] = {tool(name)};
    EXPECT_EQ(refusal(body).param, "tools[0].function.name") << name;
  }
  body["tools"] = {tool(std::string(65, 'a'))};
  EXPECT_EQ(refusal(body).param, "tools[0].function.name");
  body["tools"] = {tool("f"), tool("g"), tool("f")};
  EXPECT_EQ(refusal(body).param, "tools[2].function.name");
  EXPECT_THAT(refusal(body).message, HasSubstr("`f`"));
  body["tools"] = {tool(std::string(64, 'a')), tool("a_B-9")};
  EXPECT_TRUE(read_chat(body.dump()));
}

TEST(OpenAiRequest, TheFirstWrongFieldIsNamed) {
  ordered_json body = a_chat();
  body["messages"][0]["mood"] = "good";
  body["wisdom"] = 1;
  const ApiError error = refusal(body);
  EXPECT_EQ(error.param, "messages[0].mood");
  EXPECT_EQ(error.code, "unknown_parameter");
  EXPECT_THAT(error.message, HasSubstr("messages[0].mood"));
}

TEST(OpenAiRequest, NumbersAreWholeAndWithinBounds) {
  for (const char* seed : {"1.5", "9223372036854775808", "1e30", "-9223372036854775809"}) {
    const auto read = read_chat(
        fmt::format(R"({{"model":"m","messages":[{{"role":"user","content":"x"}}],"seed":{}}})", seed));
    ASSERT_FALSE(read) << seed;
    EXPECT_EQ(read.error().param, "seed");
  }
  ordered_json body = a_chat();
  body["temperature"] = 2.01;
  EXPECT_THAT(refusal(body).message, HasSubstr("2.01 is not within 0 and 2"));
}

TEST(OpenAiRequest, BodiesThatAreNoObjects) {
  for (const std::string_view body :
       {"", "[]", "{", "\"x\"", "{\"model\":\"\xff\"}", "{} {}", "{\"a\":1e999}"}) {
    const auto read = read_chat(body);
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().status, 400U);
    EXPECT_EQ(read.error().param, "");
  }
  EXPECT_THAT(read_text("{\"a\" 5}").error().message, HasSubstr("byte 6 of 7"));
}

TEST(OpenAiRequest, BodiesThatTakeTooLongToReadAreRefused) {
  EXPECT_THAT(read_chat(std::string(1'000'000, '[')).error().message, HasSubstr("nested"));
  std::string many = "{\"logit_bias\":{";
  for (int i = 0; i < 200'000; ++i) many += fmt::format("\"{}\":1,", i);
  many += "\"x\":1}}";
  EXPECT_THAT(read_chat(many).error().message, HasSubstr("members"));
  // Small objects, however many, are fine.
  ordered_json body = a_chat();
  for (int i = 0; i < 2000; ++i) body["messages"].push_back(body["messages"][0]);
  EXPECT_TRUE(read_chat(body.dump()));
}

TEST(OpenAiRequest, TextsAndEmbeddings) {
  const auto text = read_text(R"({"model":"m","prompt":["a","b"],"n":2,"echo":true,"suffix":null})");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(text->prompts, ElementsAre("a", "b"));
  EXPECT_TRUE(text->echo);
  EXPECT_EQ(read_text(R"({"model":"m","prompt":"a","best_of":2})").error().param, "best_of");
  const auto wanted =
      read_embeddings(R"({"model":"m","input":"a","encoding_format":"base64","dimensions":3})");
  ASSERT_TRUE(wanted) << wanted.error().message;
  EXPECT_TRUE(wanted->base64);
  EXPECT_EQ(wanted->dimensions, 3U);
}

}  // namespace
}  // namespace sluice::server
