#include "server/openai_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "nn/language_model.h"

namespace sluice::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Error invalid(std::string why) {
  return {ErrorCode::invalid_input, "ask the model m", std::move(why), {}};
}

json event_of(const std::string& text) {
  EXPECT_TRUE(text.starts_with("data: ") && text.ends_with("\n\n"));
  return json::parse(text.substr(6));
}

nn::Completion completion(std::string content) {
  nn::Completion made;
  made.message = {nn::Role::assistant, std::move(content), {}, {}};
  made.usage = {10, 5, 4};
  return made;
}

TEST(OpenAiReply, ErrorsNameTheFieldThatTheyAreAbout) {
  EXPECT_EQ(to_api_error(invalid("the JSON schema is odd"), ApiKind::chat).param, "response_format");
  EXPECT_EQ(to_api_error(invalid("tool 'f': the JSON schema is odd"), ApiKind::chat).param, "tools");
  EXPECT_EQ(to_api_error(invalid("logit-bias names the token 5"), ApiKind::text).param, "logit_bias");
  EXPECT_EQ(to_api_error(invalid("the prompt is empty"), ApiKind::text).param, "prompt");
  EXPECT_EQ(to_api_error(invalid("it embeds texts and does not chat"), ApiKind::chat).param, "model");
  EXPECT_EQ(to_api_error(invalid("something else"), ApiKind::chat).param, "");
  const ApiError error = to_api_error(nn::context_too_long("m", {300, 256}), ApiKind::embeddings);
  EXPECT_EQ(error.status, 400U);
  EXPECT_EQ(error.code, "context_length_exceeded");
  EXPECT_EQ(error.param, "input");
  EXPECT_THAT(error.message, testing::AllOf(HasSubstr("300"), HasSubstr("256")));
}

TEST(OpenAiReply, ErrorsHaveTheStatusOfTheirKind) {
  const auto status = [](ErrorCode code) {
    return to_api_error({code, "ask", "why", {}}, ApiKind::chat).status;
  };
  EXPECT_EQ(status(ErrorCode::timeout), 504U);
  EXPECT_EQ(status(ErrorCode::unavailable), 503U);
  EXPECT_EQ(status(ErrorCode::limit), 503U);
  EXPECT_EQ(status(ErrorCode::internal), 500U);
  const HttpReply full = api_error_reply(to_api_error(nn::queue_full("m", 5), ApiKind::chat));
  EXPECT_EQ(full.status, 429U);
  EXPECT_EQ(full.headers, (HttpHeaders{{"retry-after", "1"}}));
}

TEST(OpenAiReply, ErrorsBeforeARequestIsRead) {
  const HttpReply reply = api_http_error(413, "body-too-large", "Too large.");
  EXPECT_EQ(reply.status, 413U);
  EXPECT_EQ(json::parse(reply.body)["error"], (json{{"message", "Too large."},
                                                    {"type", "invalid_request_error"},
                                                    {"param", nullptr},
                                                    {"code", "body_too_large"}}));
}

TEST(OpenAiReply, AChatWithToolCalls) {
  nn::Completion made = completion("");
  made.message.tool_calls.push_back({"1", "f", "{}"});
  made.finish = nn::FinishReason::tool_calls;
  const json reply = json::parse(chat_reply({"chatcmpl-1", 5, "m"}, {made}).body);
  EXPECT_EQ(reply["choices"][0]["finish_reason"], "tool_calls");
  EXPECT_EQ(reply["choices"][0]["message"]["content"], nullptr);
  EXPECT_EQ(reply["choices"][0]["message"]["tool_calls"][0]["function"]["name"], "f");
  EXPECT_EQ(reply["usage"]["total_tokens"], 15);
  EXPECT_EQ(reply["usage"]["prompt_tokens_details"]["cached_tokens"], 4);
}

TEST(OpenAiReply, APromptOfSeveralChoicesCountsOnce) {
  const std::vector<nn::Completion> choices(6, completion("x"));
  const nn::Usage usage = sum_usage(choices, 3);
  EXPECT_EQ(usage.prompt_tokens, 20U);
  EXPECT_EQ(usage.completion_tokens, 30U);
  EXPECT_EQ(usage.cached_tokens, 8U);
  const json reply = json::parse(text_reply({"cmpl-1", 5, "m"}, choices, {"a", "b"}).body);
  EXPECT_EQ(reply["choices"][2]["text"], "ax");
  EXPECT_EQ(reply["choices"][3]["text"], "bx");
}

TEST(OpenAiReply, TokensThatArePartsOfCharacters) {
  nn::Delta delta;
  delta.content = "ö!";
  delta.logprobs = {{"\xc3",
                     -1,
                     {{
                          "\xc3",
                          -1,
                      },
                      {"\xc4", -2}}},
                    {"\xb6", -1, {}},
                    {"!", -1, {}}};
  Told told;
  const ChunkWriter texts({"cmpl-1", 5, "m"}, ApiKind::text, false);
  const json logprobs = event_of(texts.delta(0, delta, told))["choices"][0]["logprobs"];
  EXPECT_EQ(logprobs["tokens"], (json{"bytes:\\xc3", "bytes:\\xb6", "!"}));
  EXPECT_EQ(logprobs["text_offset"], (json{0, 1, 1}));
  EXPECT_EQ(logprobs["top_logprobs"][0].size(), 2U);
  // The next one goes on where this one ended.
  EXPECT_EQ(event_of(texts.delta(0, delta, told))["choices"][0]["logprobs"]["text_offset"], (json{2, 3, 3}));
  const ChunkWriter chats({"chatcmpl-1", 5, "m"}, ApiKind::chat, false);
  const json content = event_of(chats.delta(0, delta, told))["choices"][0]["logprobs"]["content"];
  EXPECT_EQ(content[0]["bytes"], (json{0xc3}));
}

TEST(OpenAiReply, ToolCallsOfAStreamAreNumbered) {
  nn::Delta delta;
  delta.tool_calls = {{"1", "f", "{}"}, {"2", "g", "{}"}};
  Told told;
  const ChunkWriter writer({"chatcmpl-1", 5, "m"}, ApiKind::chat, true);
  static_cast<void>(writer.delta(0, delta, told));
  const json chunk = event_of(writer.delta(0, delta, told));
  EXPECT_EQ(chunk["choices"][0]["delta"]["tool_calls"][1]["index"], 3);
  EXPECT_EQ(chunk["usage"], nullptr);
  EXPECT_EQ(event_of(writer.usage({1, 2, 0}))["choices"], json::array());
  EXPECT_EQ(event_of(writer.error(invalid("the grammar is odd")))["error"]["param"], "response_format");
}

TEST(OpenAiReply, VectorsAsBase64) {
  const nn::Embedded embedded{{{1.0F, -0.5F}}, "m", 3};
  const json reply = json::parse(embeddings_reply("m", embedded, true).body);
  const auto bytes = from_base64(reply["data"][0]["embedding"].get<std::string>());
  ASSERT_TRUE(bytes);
  ASSERT_EQ(bytes->size(), 8U);
  float numbers[2];
  std::memcpy(numbers, bytes->data(), sizeof numbers);
  EXPECT_EQ(numbers[0], 1.0F);
  EXPECT_EQ(numbers[1], -0.5F);
  EXPECT_EQ(reply["usage"]["prompt_tokens"], 3);
}

}  // namespace
}  // namespace sluice::server
