#include "openai.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "answer.h"
#include "client.h"
#include "errors.h"
#include "fake_outside.h"
#include "json.h"
#include "request.h"

namespace openai {
namespace {

using llm::Json;
using llm::Problem;
using testing::HasSubstr;

llm::Request hello() {
  llm::Request request;
  request.messages.push_back({llm::Role::user, "hello", {}, {}});
  return request;
}

OpenAiSettings some_settings() {
  OpenAiSettings settings;
  settings.common.base_url = "http://host/v1";
  settings.common.model = "m";
  return settings;
}

Json body_of(const llm::Request& request, const OpenAiSettings& settings = some_settings()) {
  const auto body = chat_body(request, settings);
  EXPECT_TRUE(body) << body.error().text;
  return body ? Json::parse(*body) : Json();
}

std::string chunk(const Json& delta, const Json& finish = nullptr) {
  return "data: " +
         Json{{"model", "x"}, {"choices", {{{"index", 0}, {"delta", delta}, {"finish_reason", finish}}}}}
             .dump() +
         "\n\n";
}

TEST(OpenAiRequest, TheLeastThatIsSent) {
  EXPECT_EQ(body_of(hello()),
            Json::parse(R"({"model": "m", "messages": [{"role": "user", "content": "hello"}],
                                             "stream": true, "stream_options": {"include_usage": true}})"));
  EXPECT_FALSE(chat_body(llm::Request{}, some_settings()));
}

TEST(OpenAiRequest, StrictSchemas) {
  const auto strict = [](const char* text) { return is_strict_schema(Json::parse(text)); };
  EXPECT_TRUE(strict(R"({"type": "object", "properties": {}, "additionalProperties": false})"));
  EXPECT_TRUE(strict(R"({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "object",
      "properties": {"b": {"enum": ["x"]}}, "required": ["b"], "additionalProperties": false}}},
      "required": ["a"], "additionalProperties": false})"));
  for (
      const char* text :
      {R"({})", R"({"type": "array", "items": {}})", R"({"type": "object"})",
       R"({"type": "object", "properties": {"a": {}}, "additionalProperties": false})",
       R"({"type": "object", "properties": {"a": {"type": "object"}}, "required": ["a"], "additionalProperties": false})",
       R"({"type": "object", "properties": {"a": {"oneOf": []}}, "required": ["a"], "additionalProperties": false})",
       R"({"type": "object", "properties": {}, "additionalProperties": true})",
       R"({"type": "object", "properties": 7, "additionalProperties": false})"}) {
    EXPECT_FALSE(strict(text)) << text;
  }
  std::string deep = R"({"type": "object", "properties": {}, "additionalProperties": false})";
  for (int i = 0; i < 300; ++i)
    deep = R"({"type": "object", "properties": {"a": )" + deep +
           R"(}, "required": ["a"], "additionalProperties": false})";
  EXPECT_FALSE(strict(deep.c_str()));
}

TEST(OpenAiRequest, WhatMakesNoSense) {
  const auto problem = [](const std::function<void(llm::Request&)>& change) {
    llm::Request request = hello();
    change(request);
    const auto body = chat_body(request, some_settings());
    return body ? std::string("fine") : body.error().text;
  };
  EXPECT_THAT(problem([](auto& r) { r.options.temperature = std::numeric_limits<float>::quiet_NaN(); }),
              HasSubstr("temperature"));
  EXPECT_THAT(problem([](auto& r) { r.messages.push_back({llm::Role::tool, "x", {}, {}}); }),
              HasSubstr("tool-call-id"));
  EXPECT_THAT(problem([](auto& r) { r.messages.push_back({llm::Role::user, "x", {{"1", "f", "{}"}}, {}}); }),
              HasSubstr("assistant"));
  EXPECT_THAT(problem([](auto& r) { r.options.format = {llm::ResponseFormat::Kind::json_schema, "7"}; }),
              HasSubstr("schema"));
}

TEST(OpenAiAnswer, ToolCallsInPieces) {
  const llm::Settings settings = some_settings().common;
  const auto piece = [](const Json& call) { return chunk({{"tool_calls", {call}}}); };
  const std::string stream =
      piece({{"index", 0}, {"id", "a"}, {"function", {{"name", "f"}, {"arguments", "{\"x"}}}}) +
      piece({{"index", 1}, {"id", "b"}, {"function", {{"name", "g"}, {"arguments", ""}}}}) +
      piece({{"index", 0}, {"function", {{"arguments", "\":1}"}}}}) + chunk(Json::object(), "tool_calls") +
      "data: [DONE]\n\n";
  const auto read = read_stream(stream, settings);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->message.tool_calls.size(), 2U);
  EXPECT_EQ(read->message.tool_calls[0].arguments, R"({"x":1})");
  EXPECT_EQ(read->message.tool_calls[1].name, "g");
  EXPECT_EQ(read->finish, llm::FinishReason::tool_calls);
}

TEST(OpenAiAnswer, ToolCallsWithoutIndexOrWithObjects) {
  const llm::Settings settings = some_settings().common;
  const std::string stream =
      chunk({{"tool_calls", {{{"id", "a"}, {"function", {{"name", "f"}, {"arguments", {{"x", 1}}}}}}}}}) +
      chunk({{"tool_calls", {{{"id", "b"}, {"function", {{"name", "g"}, {"arguments", "{"}}}}}}}) +
      chunk({{"tool_calls", {{{"function", {{"arguments", "}"}}}}}}}) + "data: [DONE]\n\n";
  const auto read = read_stream(stream, settings);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->message.tool_calls.size(), 2U);
  EXPECT_EQ(read->message.tool_calls[0].arguments, R"({"x":1})");
  EXPECT_EQ(read->message.tool_calls[1].arguments, "{}");
  const std::string strange =
      chunk({{"tool_calls", {{{"index", 4000000000U}, {"function", Json::object()}}}}});
  EXPECT_FALSE(read_stream(strange + "data: [DONE]\n\n", settings));
}

TEST(OpenAiAnswer, ARefusalIsContent) {
  const auto read = read_completion(
      Json::parse(
          R"({"choices": [{"message": {"content": null, "refusal": "I won't."}, "finish_reason": "stop"}]})"),
      some_settings().common);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->message.content, "I won't.");
  EXPECT_EQ(read->finish, llm::FinishReason::content_filter);
}

TEST(OpenAiErrors, ContextsThatAreTooLong) {
  const auto judge = [](const std::string& body) {
    return judge_answer({400, {}, body}, 0, some_settings().common).problem;
  };
  const Problem named = judge(
      R"({"error": {"code": "context_length_exceeded", "message": "This model's maximum context length is 8,192 tokens. However, your messages resulted in 9000 tokens."}})");
  EXPECT_EQ(named.kind, Problem::Kind::context_too_long);
  EXPECT_EQ(named.available, 8192U);
  EXPECT_EQ(named.needed, 9000U);
  const Problem llama = judge(
      R"({"error": {"code": 400, "type": "exceed_context_size_error", "message": "x", "n_prompt_tokens": 5000, "n_ctx": 4096}})");
  EXPECT_EQ(llama.needed, 5000U);
  EXPECT_EQ(llama.available, 4096U);
  EXPECT_EQ(judge(R"({"error": {"code": "context_length_exceeded"}})").kind, Problem::Kind::context_too_long);
}

TEST(OpenAiErrors, FormsThatOtherServersHave) {
  for (const char* body : {R"({"error": "why"})", R"({"error": {"message": "why"}})",
                           R"({"message": "why", "object": "error"})", R"({"detail": "why"})"}) {
    const llm::Trouble trouble = judge_answer({400, {}, body}, 0, some_settings().common);
    EXPECT_EQ(trouble.problem.kind, Problem::Kind::invalid);
    EXPECT_THAT(trouble.problem.text, HasSubstr("why")) << body;
  }
  EXPECT_THAT(judge_answer({500, {}, "<html>"}, 0, some_settings().common).problem.text, HasSubstr("HTML"));
}

TEST(OpenAiErrors, FieldsThatAreNotKnown) {
  const auto field = [](const std::string& message) {
    return refused_field({400, {}, Json{{"error", {{"message", message}}}}.dump()});
  };
  EXPECT_EQ(field("Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens'."),
            "max_tokens");
  EXPECT_EQ(field("max_completion_tokens: Extra inputs are not permitted"), "max_completion_tokens");
  EXPECT_EQ(field("Unknown field stream_options"), "stream_options");
  EXPECT_EQ(field("max_tokens is too large: 100000"), "");
  EXPECT_EQ(field("something else"), "");
}

}  // namespace
}  // namespace openai
