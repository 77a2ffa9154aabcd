// Through the table of the plug-in, with a model whose template knows of no tools.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "test/test_model.h"

namespace sluice::ggml::test {
namespace {

using json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

json tool(const std::string& name, json parameters) {
  return {{"type", "function"}, {"function", {{"name", name}, {"parameters", std::move(parameters)}}}};
}

json city_tool() {
  return tool("weather", {{"type", "object"},
                          {"properties", {{"city", {{"$ref", "#/$defs/city"}}}}},
                          {"required", {"city"}},
                          {"$defs", {{"city", {{"type", "string"}, {"maxLength", 20}}}}}});
}

json prepare(const json& request, sluice_nn_status expected = SLUICE_NN_OK) {
  std::string out;
  sluice_nn_error error{};
  EXPECT_EQ(llm().chat_prepare(chat_model(), text(request.dump()), into(out), &error), expected)
      << error.text;
  return expected == SLUICE_NN_OK ? json::parse(out) : json(error.text);
}

json asked(json messages, const std::string& choice = "auto") {
  return {{"messages", std::move(messages)}, {"tools", {city_tool()}}, {"tool_choice", choice}};
}

json user(const std::string& content) {
  return {{"role", "user"}, {"content", content}};
}

json parsed(const std::string& answer, int partial) {
  const std::string parser = prepare(asked({user("Hi")}))["parser"];
  std::string out;
  EXPECT_EQ(llm().chat_parse(chat_model(), text(parser), text(answer), partial, into(out), nullptr),
            SLUICE_NN_OK);
  return json::parse(out);
}

TEST(PlainTools, AreToldOfInTheSystemMessage) {
  const json alone = prepare(asked({user("Hi")}));
  EXPECT_THAT(alone["prompt"].get<std::string>(), HasSubstr("<|im_start|>system\nYou can call functions."));
  EXPECT_THAT(alone["prompt"].get<std::string>(), HasSubstr(R"("name":"weather")"));
  const json after = prepare(asked({{{"role", "system"}, {"content", "Be kind."}}, user("Hi")}));
  EXPECT_THAT(after["prompt"].get<std::string>(), HasSubstr("system\nBe kind.\n\nYou can call functions."));
  const json none = prepare(asked({user("Hi")}, "none"));
  EXPECT_THAT(none["prompt"].get<std::string>(), Not(HasSubstr("weather")));
  EXPECT_EQ(none["parser"], "");
}

TEST(PlainTools, GrammarWaitsUnlessACallIsRequired) {
  const json may = prepare(asked({user("Hi")}));
  EXPECT_EQ(may["grammar_lazy"], true);
  EXPECT_THAT(may["grammar_triggers"].get<std::string>(), HasSubstr("tool_calls"));
  const json must = prepare(asked({user("Hi")}, "required"));
  EXPECT_EQ(must["grammar_lazy"], false);
  // The reference within the tool's schema is resolved.
  EXPECT_THAT(must["grammar"].get<std::string>(), HasSubstr("{0,20}"));
}

TEST(PlainTools, HistoryIsText) {
  json messages{user("Weather?")};
  messages.push_back({{"role", "assistant"},
                      {"content", ""},
                      {"tool_calls",
                       {{{"id", "1"},
                         {"type", "function"},
                         {"function", {{"name", "weather"}, {"arguments", R"({"city":"Rome"})"}}}}}}});
  messages.push_back({{"role", "tool"}, {"tool_call_id", "1"}, {"content", "sunny"}});
  messages.push_back({{"role", "tool"}, {"tool_call_id", "2"}, {"content", "rainy"}});
  for (const json& request : {asked(messages), json{{"messages", messages}}}) {
    const std::string prompt = prepare(request)["prompt"];
    EXPECT_THAT(
        prompt,
        HasSubstr("assistant\n{\"tool_calls\":[{\"name\":\"weather\",\"arguments\":{\"city\":\"Rome\"}}]}"));
    EXPECT_THAT(prompt, HasSubstr("user\nThe call's result: sunny\nThe call's result: rainy<|im_end|>"));
  }
}

TEST(PlainTools, ReadsCalls) {
  const std::string call = "{ \"tool_calls\" : [{\"name\":\"weather\",\"arguments\":{\"city\":\"Rome\"}}] }";
  const json message = parsed("Let me see.\n" + call, 0);
  EXPECT_EQ(message["content"], "Let me see.");
  EXPECT_EQ(message["tool_calls"][0]["function"]["name"], "weather");
  EXPECT_EQ(message["tool_calls"][0]["function"]["arguments"], R"({"city":"Rome"})");
  EXPECT_EQ(parsed("The set {1, 2} is small.", 0)["content"], "The set {1, 2} is small.");
  for (const std::string cut : {"{\"tool_calls\":[{\"name\":\"weather\"", "{\"tool_ca", "{\"tool_calls\":[]}",
                                "{\"tool_calls\":[5]}", "{\"tool_calls\":5}", "{"}) {
    const json whole = parsed(cut, 0);
    EXPECT_EQ(whole["content"], cut);
    EXPECT_FALSE(whole.contains("tool_calls"));
  }
}

TEST(PlainTools, TellsOnlyWhatSurelyIsText) {
  EXPECT_EQ(parsed("Let me see. {", 1)["content"], "Let me see.");
  EXPECT_EQ(parsed("Let me see. {\n \"tool_", 1)["content"], "Let me see.");
  EXPECT_EQ(parsed("{\"tool_calls\":[{\"name\":\"weather\"", 1)["content"], "");
  EXPECT_EQ(parsed("The set {1", 1)["content"], "The set {1");
}

TEST(PlainTools, SchemasThatMakeNoGrammarAreNamed) {
  json request = asked({user("Hi")});
  request["tools"] = {tool("f", {{"type", "strange"}})};
  EXPECT_THAT(prepare(request, SLUICE_NN_INVALID).get<std::string>(),
              HasSubstr("the schemas of the tools: "));
}

}  // namespace
}  // namespace sluice::ggml::test
