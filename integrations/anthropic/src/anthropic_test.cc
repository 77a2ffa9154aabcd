#include "anthropic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "answer.h"
#include "errors.h"
#include "json.h"
#include "request.h"

namespace anthropic {
namespace {

using llm::Json;
using llm::Problem;
using llm::Role;
using testing::HasSubstr;

AnthropicSettings some_settings() {
  AnthropicSettings settings;
  settings.common.model = "m";
  settings.common.streaming = false;
  return settings;
}

Json messages_of(std::vector<llm::Message> messages) {
  const auto body = messages_body({std::move(messages), {}}, some_settings());
  EXPECT_TRUE(body) << body.error().text;
  return body ? Json::parse(*body) : Json();
}

TEST(AnthropicRequest, NeighboursBecomeOne) {
  const Json body = messages_of({{Role::system, "s", {}, {}},
                                 {Role::user, "a", {}, {}},
                                 {Role::user, "b", {}, {}},
                                 {Role::assistant, "c", {{"i.1", "f", R"({"x": 1})"}}, {}},
                                 {Role::user, "d", {}, {}},
                                 {Role::tool, "r", {}, "i.1"}});
  EXPECT_EQ(body["system"], "s");
  EXPECT_EQ(body["messages"], Json::parse(R"([
      {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
      {"role": "assistant", "content": [{"type": "text", "text": "c"},
                                        {"type": "tool_use", "id": "i_1", "name": "f", "input": {"x": 1}}]},
      {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "i_1", "content": "r"},
                                   {"type": "text", "text": "d"}]}])"));
  EXPECT_EQ(body["tools"][0]["name"], "f");
  EXPECT_EQ(body["tool_choice"]["type"], "none");
}

TEST(AnthropicRequest, WhatMakesNoSense) {
  const auto problem = [](std::vector<llm::Message> messages) {
    const auto body = messages_body({std::move(messages), {}}, some_settings());
    return body ? std::string("fine") : body.error().text;
  };
  EXPECT_THAT(problem({}), HasSubstr("no message"));
  EXPECT_THAT(problem({{Role::tool, "x", {}, {}}}), HasSubstr("tool-call-id"));
  EXPECT_THAT(problem({{Role::user, "x", {{"1", "f", "{}"}}, {}}}), HasSubstr("assistant"));
  EXPECT_THAT(problem({{Role::assistant, "", {{"1", "f", "not JSON"}}, {}}}), HasSubstr("`f`"));
}

TEST(AnthropicAnswer, AnEmptyInputOfAToolIsAnObject) {
  const auto read = read_message(
      Json::parse(
          R"({"type": "message", "content": [{"type": "tool_use", "id": "1", "name": "f", "input": {}}],
                      "stop_reason": "tool_use"})"),
      {}, some_settings().common);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->message.tool_calls.at(0).arguments, "{}");
  EXPECT_FALSE(read->usage);
}

TEST(AnthropicAnswer, UsageOfAStreamIsPutTogether) {
  const std::string stream =
      "event: message_start\ndata: {\"type\": \"message_start\", \"message\": {\"model\": \"x\", \"usage\": "
      "{\"input_tokens\": 5, \"cache_creation_input_tokens\": 2, \"cache_read_input_tokens\": 3, "
      "\"output_tokens\": 1}}}\n\n"
      "data: {\"type\": \"message_delta\", \"delta\": {\"stop_reason\": \"max_tokens\"}, \"usage\": "
      "{\"output_tokens\": 9}}\n\n"
      "data: {\"type\": \"some_day\"}\n\n"
      "data: {\"type\": \"message_stop\"}\n\n";
  const auto read = read_stream(stream, {}, some_settings().common);
  ASSERT_TRUE(read && read->usage);
  EXPECT_EQ(read->usage->prompt_tokens, 10U);
  EXPECT_EQ(read->usage->cached_tokens, 3U);
  EXPECT_EQ(read->usage->completion_tokens, 9U);
  EXPECT_EQ(read->finish, llm::FinishReason::length);
}

TEST(AnthropicErrors, ByTheirTypes) {
  const std::pair<const char*, Problem::Kind> cases[] = {
      {"overloaded_error", Problem::Kind::unavailable},
      {"api_error", Problem::Kind::unavailable},
      {"rate_limit_error", Problem::Kind::rate_limited},
      {"invalid_request_error", Problem::Kind::invalid},
      {"authentication_error", Problem::Kind::refused},
      {"billing_error", Problem::Kind::refused},
      {"request_too_large", Problem::Kind::context_too_long}};
  for (const auto& [type, kind] : cases) {
    const Json event{{"type", "error"}, {"error", {{"type", type}, {"message", "m"}}}};
    EXPECT_EQ(judge_error(event, some_settings().common).problem.kind, kind) << type;
  }
}

}  // namespace
}  // namespace anthropic
