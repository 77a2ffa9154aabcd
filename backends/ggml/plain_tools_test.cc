// Tools for a model whose template knows none: SmolLM2's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "test/test_model.h"

namespace sluice::backends::ggml::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Said prepare(const json& request, json& answer) {
  std::string out;
  sluice_nn_error error{};
  const auto status = llm().chat_prepare(chat_model(), text(request.dump()), into(out), &error);
  answer = status == SLUICE_NN_OK ? json::parse(out) : json();
  return {status, error.text};
}

json prepared(const json& request) {
  json answer;
  const Said said = prepare(request, answer);
  EXPECT_EQ(said.status, SLUICE_NN_OK) << said.text;
  return answer;
}

json tool(const std::string& name, const json& parameters) {
  return {
      {"type", "function"},
      {"function", {{"name", name}, {"description", "What " + name + " does."}, {"parameters", parameters}}}};
}

json weather() {
  return tool("weather", json::parse(R"({"type":"object","properties":{"place":{"type":"string"}},
                                         "required":["place"],"additionalProperties":false})"));
}

json ask(const std::vector<json>& tools, const std::string& choice) {
  return {{"messages", {{{"role", "user"}, {"content", "?"}}}}, {"tools", tools}, {"tool_choice", choice}};
}

// The prepared answer's grammar, as a sampler takes it. `answer` outlives it.
struct Sampling {
  explicit Sampling(const json& answer)
      : grammar(answer.at("grammar").get<std::string>()),
        triggers(answer.at("grammar_triggers").get<std::string>()) {
    options.grammar = text(grammar);
    options.grammar_lazy = answer.at("grammar_lazy").get<bool>() ? 1 : 0;
    options.grammar_triggers = text(triggers);
  }
  std::string grammar;
  std::string triggers;
  sluice_nn_sampling options = greedy();
};

Fate fate(const json& answer, const std::string& says) {
  const Sampling sampling(answer);
  return fate_of(sampling.options, says);
}

enum class Part : std::uint8_t { whole, so_far };

json read(const std::string& answer, Part part = Part::whole) {
  static const std::string parser = prepared(ask({weather()}, "auto")).at("parser");
  std::string out;
  EXPECT_EQ(llm().chat_parse(chat_model(), text(parser), text(answer), part == Part::so_far ? 1 : 0,
                             into(out), nullptr),
            SLUICE_NN_OK);
  return json::parse(out);
}

TEST(PlainTools, AreToldOfInTheSystemMessage) {
  json request = ask({weather(), tool("time", json::object())}, "auto");
  request["messages"].insert(request["messages"].begin(), json{{"role", "system"}, {"content", "Be short."}});
  const json wanted = prepared(request);
  EXPECT_THAT(
      wanted.at("prompt").get<std::string>(),
      AllOf(HasSubstr("<|im_start|>system\nBe short.\n\n"), HasSubstr(weather()["function"]["description"]),
            HasSubstr(R"("required":["place"])"), HasSubstr("\"time\""), HasSubstr("tool_calls"),
            HasSubstr("answer in words"), Not(HasSubstr("Answer with a call now"))));
  EXPECT_EQ(wanted.at("grammar_lazy"), true);
  EXPECT_NE(wanted.at("grammar_triggers"), "");

  request["tool_choice"] = "required";
  const json required = prepared(request);
  EXPECT_THAT(required.at("prompt").get<std::string>(), HasSubstr("Answer with a call now"));
  EXPECT_EQ(required.at("grammar_lazy"), false);

  request["tool_choice"] = "none";
  const json none = prepared(request);
  EXPECT_THAT(none.at("prompt").get<std::string>(), Not(HasSubstr("weather")));
  EXPECT_EQ(none.at("grammar"), "");
  EXPECT_EQ(none.at("parser"), "");

  // Without a system message of its own.
  EXPECT_THAT(prepared(ask({weather()}, "auto")).at("prompt").get<std::string>(),
              HasSubstr("<|im_start|>system\nYou can call"));
}

TEST(PlainTools, EarlierCallsAndTheirResultsAreTexts) {
  const auto call = [](const std::string& id, const std::string& arguments) {
    return json{
        {"id", id}, {"type", "function"}, {"function", {{"name", "weather"}, {"arguments", arguments}}}};
  };
  const auto result = [](const json& id, const std::string& content) {
    return json{{"role", "tool"}, {"tool_call_id", id}, {"content", content}};
  };
  const json messages{
      {{"role", "system"}, {"content", "S"}},
      {{"role", "user"}, {"content", {{{"type", "text"}, {"text", "Rome and Oslo?"}}}}},
      {{"role", "assistant"},
       {"content", "Let me see."},
       {"tool_calls", {call("a", R"({"place":"Rome"})"), call("b", "no JSON \"")}}},
      result("a", "sunny"),
      result("z", "lost"),
      {{"role", "assistant"}, {"content", nullptr}, {"tool_calls", {call("c", "{}")}}},
      {{"role", "tool"}, {"tool_call_id", "c"}, {"content", {{{"type", "text"}, {"text", "rain"}}}}},
  };
  const std::string expected =
      "<|im_start|>system\nS<|im_end|>\n"
      "<|im_start|>user\nRome and Oslo?<|im_end|>\n"
      "<|im_start|>assistant\nLet me see.\n"
      R"({"tool_calls":[{"name":"weather","arguments":{"place":"Rome"}},{"name":"weather","arguments":"no JSON \""}]})"
      "<|im_end|>\n"
      "<|im_start|>user\nResult of weather:\nsunny\n\nResult of the call:\nlost<|im_end|>\n"
      "<|im_start|>assistant\n"
      R"({"tool_calls":[{"name":"weather","arguments":{}}]})"
      "<|im_end|>\n"
      "<|im_start|>user\nResult of weather:\nrain<|im_end|>\n"
      "<|im_start|>assistant\n";
  EXPECT_EQ(prepared({{"messages", messages}}).at("prompt"), expected);
}

TEST(PlainTools, TheGrammarHoldsToNamesAndSchemas) {
  const json answer = prepared(ask({weather(), tool("time", json::object())}, "required"));
  EXPECT_EQ(fate(answer, R"({"tool_calls":[{"name":"weather","arguments":{"place":"Rome"}}]})"), Fate::whole);
  EXPECT_EQ(fate(answer, R"({"tool_calls": [{"name": "time", "arguments": {}}, )"
                         R"({"name": "weather", "arguments": {"place": ""}}]})"),
            Fate::whole);
  for (const char* other : {
           "Let me see.",
           "[",
           R"({"tool_calls":[])",
           R"({"tool_calls":[{"name":"other")",
           R"({"tool_calls":[{"name":"weather","arguments":{}})",
           R"({"tool_calls":[{"name":"weather","arguments":{"place":1)",
           R"({"tool_calls":[{"name":"time","arguments":{"place")",
           R"({"tool_calls":[{"name":"time","arguments":{}}],"more)",
       }) {
    EXPECT_EQ(fate(answer, other), Fate::refused) << other;
  }
  std::string calls = R"({"tool_calls":[{"name":"time","arguments":{}})";
  for (int i = 1; i < 8; ++i) calls += R"(,{"name":"time","arguments":{}})";
  EXPECT_EQ(fate(answer, calls + "]}"), Fate::whole);
  EXPECT_EQ(fate(answer, calls + ","), Fate::refused);
  json one = ask({weather()}, "required");
  one["parallel_tool_calls"] = false;
  const json alone = prepared(one);
  const std::string call = R"({"name":"weather","arguments":{"place":"a"}})";
  EXPECT_EQ(fate(alone, R"({"tool_calls":[)" + call + "]}"), Fate::whole);
  EXPECT_EQ(fate(alone, R"({"tool_calls":[)" + call + "," + call), Fate::refused);
}

TEST(PlainTools, SchemasMayReferToTheirOwnParts) {
  // Two tools whose parts have the same names, one that refers to itself, and a property that is called $ref.
  const json answer =
      prepared(ask({tool("read", json::parse(R"({"type":"object","properties":{"at":{"$ref":"#/$defs/part"}},
                    "required":["at"],"additionalProperties":false,"$defs":{"part":{"type":"integer"}}})")),
                    tool("write", json::parse(R"({"type":"object","properties":{"at":{"$ref":"#/$defs/part"},
                    "then":{"$ref":"#"}},"required":["at"],"additionalProperties":false,
                    "$defs":{"part":{"type":"boolean"}}})")),
                    tool("link", json::parse(R"({"type":"object","properties":{"$ref":{"const":"#/x"}},
                    "required":["$ref"],"additionalProperties":false})"))},
                   "required"));
  const auto call = [](const std::string& name, const std::string& arguments) {
    return R"({"tool_calls":[{"name":")" + name + R"(","arguments":)" + arguments + "}]}";
  };
  EXPECT_EQ(fate(answer, call("read", R"({"at":7})")), Fate::whole);
  EXPECT_EQ(fate(answer, call("read", R"({"at":true})")), Fate::refused);
  EXPECT_EQ(fate(answer, call("write", R"({"at":true,"then":{"at":false,"then":{"at":true}}})")),
            Fate::whole);
  EXPECT_EQ(fate(answer, call("write", R"({"at":7})")), Fate::refused);
  EXPECT_EQ(fate(answer, call("link", R"({"$ref":"#/x"})")), Fate::whole);
}

TEST(PlainTools, WordsAreFreeUntilACallBegins) {
  const json answer = prepared(ask({weather()}, "auto"));
  EXPECT_EQ(fate(answer, "It is sunny {in Rome}, I guess."), Fate::whole);
  EXPECT_EQ(fate(answer, R"(Let me see. {"tool_calls":[{"name":"weather","arguments":{"place":"Rome"}}]})"),
            Fate::whole);
  EXPECT_EQ(fate(answer, R"({ "tool_calls": [{"name":"weather","arguments":{"place":"Rome"}})"),
            Fate::beginning);
  EXPECT_EQ(fate(answer, R"({"tool_calls": [{"name":"other")"), Fate::refused);
}

TEST(PlainTools, CallsAreReadOutOfTheAnswer) {
  struct Case {
    std::string answer;
    std::string content;
    std::vector<std::pair<std::string, std::string>> calls;
  };
  const std::string rome = R"({"name":"weather","arguments":{"place":"Rome {\"}\"]"}})";
  const std::string rome_arguments = R"({"place":"Rome {\"}\"]"})";
  const std::string one = R"({"tool_calls":[)" + rome + "]}";
  const std::vector<Case> cases{
      {"Just words.\n", "Just words.\n", {}},
      {"", "", {}},
      {one, "", {{"weather", rome_arguments}}},
      {"Let me see.\n\n" + one, "Let me see.", {{"weather", rome_arguments}}},
      {"A {bracket}: " + one, "A {bracket}:", {{"weather", rome_arguments}}},
      {"See:\n```json\n" + one, "See:", {{"weather", rome_arguments}}},
      {"```\nint main() {}\n```\nDone {", "```\nint main() {}\n```\nDone {", {}},
      {R"({ "tool_calls" : [)" + rome + R"(, {"name":"time","arguments":{}}] })",
       "",
       {{"weather", rome_arguments}, {"time", "{}"}}},
      // No calls, though they look like some.
      {R"({"tool_calls": "none"})", R"({"tool_calls": "none"})", {}},
      {R"({"tool_calls":[{"name":7,"arguments":{}}]})", R"({"tool_calls":[{"name":7,"arguments":{}}]})", {}},
      {R"({"tool)", R"({"tool)", {}},
      // Cut short: what is whole counts, and the finish reason says that more was to come.
      {"Yes. " + one.substr(0, one.size() - 4), "Yes.", {}},
      {R"({"tool_calls":[)" + rome + "," + rome + R"(,{"name":"wea)",
       "",
       {{"weather", rome_arguments}, {"weather", rome_arguments}}},
  };
  for (const Case& each : cases) {
    const json message = read(each.answer);
    EXPECT_EQ(message["content"], each.content) << each.answer;
    ASSERT_EQ(message.value("tool_calls", json::array()).size(), each.calls.size()) << each.answer;
    for (std::size_t i = 0; i < each.calls.size(); ++i) {
      EXPECT_EQ(message["tool_calls"][i]["function"]["name"], each.calls[i].first);
      EXPECT_EQ(message["tool_calls"][i]["function"]["arguments"], each.calls[i].second);
    }
    // What is told on the way is a beginning of what is told in the end, and never a part of a call.
    std::string before;
    for (std::size_t size = 0; size <= each.answer.size(); ++size) {
      const std::string content = read(each.answer.substr(0, size), Part::so_far)["content"];
      EXPECT_TRUE(content.starts_with(before)) << each.answer.substr(0, size);
      EXPECT_TRUE(each.content.starts_with(content)) << each.answer.substr(0, size);
      before = content;
    }
  }
}

TEST(PlainTools, TheModelCallsWhatItHasTo) {
  json request = ask({weather(), tool("time", json::object())}, "required");
  request["messages"][0]["content"] = "What is the weather in Rome?";
  const json answer = prepared(request);
  const Sampling sampling(answer);
  Sampler sampler;
  ASSERT_EQ(make_sampler(sampling.options, sampler).status, SLUICE_NN_OK);
  const Context context = make_context(chat_model(), small_context());
  const auto prompt = tokens_of(chat_model(), answer.at("prompt").get<std::string>(), 1, 1);
  const auto tokens = generate(context.get(), sampler.get(), feed(context.get(), prompt, 0, 0), 0,
                               static_cast<std::int32_t>(prompt.size()), 200);
  const json message = read(text_of(chat_model(), tokens));
  EXPECT_EQ(message["content"], "");
  ASSERT_FALSE(message.value("tool_calls", json::array()).empty()) << message;
  for (const json& call : message["tool_calls"]) {
    EXPECT_TRUE(call["function"]["name"] == "weather" || call["function"]["name"] == "time");
    EXPECT_TRUE(json::accept(call["function"]["arguments"].get<std::string>()));
  }
}

TEST(PlainTools, WhatMakesNoSenseIsRefused) {
  json answer;
  json request = ask({weather()}, "sometimes");
  EXPECT_THAT(prepare(request, answer).text, HasSubstr("'tool_choice'"));
  request["tool_choice"] = {{"type", "function"}};
  EXPECT_EQ(prepare(request, answer).status, SLUICE_NN_INVALID);
  request = ask({weather()}, "auto");
  request["messages"] = {{{"role", "assistant"}, {"content", ""}, {"tool_calls", {{{"id", "a"}}}}}};
  EXPECT_THAT(prepare(request, answer).text, HasSubstr("has no name"));
  request["messages"] = {{{"role", "tool"}, {"content", {{{"type", "image"}}}}}};
  EXPECT_THAT(prepare(request, answer).text, HasSubstr("no text"));
  request["messages"] = {{{"role", "tool"}, {"content", 5}}};
  EXPECT_EQ(prepare(request, answer).status, SLUICE_NN_INVALID);
  json large = weather();
  large["function"]["parameters"]["description"] = std::string(200'000, 'd');
  const Said said = prepare(ask({large, large}, "auto"), answer);
  EXPECT_EQ(said.status, SLUICE_NN_INVALID);
  EXPECT_THAT(said.text, AllOf(HasSubstr("tools together"), HasSubstr("bytes")));
  EXPECT_EQ(prepare(ask({tool("x", {{"$ref", "#/nowhere"}})}, "auto"), answer).status, SLUICE_NN_INVALID);
  std::string out;
  EXPECT_EQ(llm().chat_parse(chat_model(), text("no parser"), text("x"), 0, into(out), nullptr),
            SLUICE_NN_INVALID);
}

}  // namespace
}  // namespace sluice::backends::ggml::test
