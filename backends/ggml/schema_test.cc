// Schemas are held to, or refused by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "test/test_model.h"

namespace sluice::backends::ggml::test {
namespace {

using testing::HasSubstr;

Said grammar_of(const std::string& schema, std::string& grammar) {
  sluice_nn_error error{};
  const auto status = llm().schema_grammar(chat_model(), text(schema), into(grammar), &error);
  return {status, error.text};
}

Fate fate(const std::string& schema, std::string_view answer) {
  std::string grammar;
  const Said said = grammar_of(schema, grammar);
  EXPECT_EQ(said.status, SLUICE_NN_OK) << schema << ": " << said.text;
  sluice_nn_sampling sampling = greedy();
  sampling.grammar = text(grammar);
  return fate_of(sampling, answer);
}

TEST(SchemaKeywords, ThatCannotBeHeldToAreRefusedByNameAndPlace) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases{
      {R"({"type":"string","pattern":"^[a-z]{8,20}$","maxLength":5})", "at #: ", "beside `pattern`"},
      {R"({"type":"object","properties":{"a":{"type":"string","pattern":"^a$","minLength":1}}})",
       "at #/properties/a: ", "beside `pattern`"},
      {R"({"type":"string","format":"date","maxLength":3})", "at #: ", "beside `format`"},
      {R"({"type":"string","pattern":"a"})", "pattern", "^"},
      {R"({"type":"string","pattern":"^(?=a)a$"})", "pattern", "look-around"},
      {R"({"type":"array","items":{"type":"number","minimum":1}})", "at #/items: ", "`number`"},
      {R"({"type":"array","uniqueItems":true})", "at #: ", "`uniqueItems`"},
      {R"({"type":"integer","multipleOf":3})", "at #: ", "`multipleOf`"},
      {R"({"not":{"type":"string"}})", "at #: ", "`not`"},
      {R"({"anyOf":[{"if":{}}]})", "at #/anyOf/0: ", "`if`"},
      {R"({"type":"object","minProperties":1})", "at #: ", "`minProperties`"},
      {R"({"type":"object","patternProperties":{"a":{}}})", "at #: ", "`patternProperties`"},
      {R"({"$ref":"#/$defs/a","minLength":4,"$defs":{"a":{"type":"string"}}})", "at #: ", "beside `$ref`"},
      {R"({"$defs":{"a":{"type":"object"}},"anyOf":[{"$ref":"#/$defs/a"}],"required":["b"]})",
       "at #: ", "`required`"},
      {R"({"allOf":[{"type":"string","maxLength":4},{"type":"string","maxLength":5}]})",
       "at #: ", "`maxLength`"},
      {R"({"enum":["a","bc"],"maxLength":1})", "at #: ", "`maxLength`"},
      {R"({"type":"array","prefixItems":[{},{}],"minItems":3})", "at #: ", "prefixItems"},
      {R"({"type":"object","properties":{"a":{}},"required":"a"})", "at #: ", "`required`"},
  };
  for (const auto& [schema, place, why] : cases) {
    std::string grammar;
    const Said said = grammar_of(schema, grammar);
    EXPECT_EQ(said.status, SLUICE_NN_INVALID) << schema;
    EXPECT_THAT(said.text, HasSubstr(place)) << schema;
    EXPECT_THAT(said.text, HasSubstr(why)) << schema;
  }
}

TEST(SchemaKeywords, ThatNothingSatisfiesAreRefused) {
  for (const std::string schema :
       {R"({"type":"integer","minimum":5,"maximum":3})",
        R"({"type":"integer","exclusiveMinimum":5,"maximum":5})",
        R"({"type":"integer","exclusiveMinimum":5,"exclusiveMaximum":6})",
        R"({"type":"string","minLength":5,"maxLength":3})", R"({"type":"array","minItems":2,"maxItems":1})",
        R"({"type":"object","properties":{"a":{}},"required":["b"],"additionalProperties":false})",
        R"({"type":"integer","enum":["a"]})", R"({"type":"object","properties":{"a":false}})"}) {
    std::string grammar;
    const Said said = grammar_of(schema, grammar);
    EXPECT_EQ(said.status, SLUICE_NN_INVALID) << schema;
    EXPECT_THAT(said.text, HasSubstr("nothing can satisfy")) << schema;
  }
}

TEST(SchemaKeywords, NamesThatAreRequiredGetAProperty) {
  const std::string more = R"({"type":"object","properties":{"a":{"type":"integer"}},"required":["a","zz"]})";
  EXPECT_EQ(fate(more, R"({"a":-1})"), Fate::refused);
  EXPECT_EQ(fate(more, R"({"a":-1,"zz":[null]})"), Fate::whole);
  for (const std::string bare : {R"({"type":"object","required":["a"]})", R"({"required":["a"]})"}) {
    EXPECT_EQ(fate(bare, "{}"), Fate::refused) << bare;
    EXPECT_EQ(fate(bare, R"({"a":1,"b":2})"), Fate::whole) << bare;
  }
}

TEST(SchemaKeywords, WhatStandsBesideAlternativesHoldsInEach) {
  const std::string either = R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},
                                 "anyOf":[{"required":["a"]},{"required":["b"]}]})";
  EXPECT_EQ(fate(either, "{}"), Fate::refused);
  EXPECT_EQ(fate(either, R"({"a":"x")"), Fate::refused);
  EXPECT_EQ(fate(either, R"({"a":1})"), Fate::whole);
  EXPECT_EQ(fate(either, R"({"b":"x"})"), Fate::whole);
}

TEST(SchemaKeywords, AllOfIsOneSchema) {
  const std::string both =
      R"({"allOf":[{"$ref":"#/$defs/base"},{"type":"object","properties":{"b":{"const":1}}}],
                               "$defs":{"base":{"type":"object","properties":{"a":{"maxLength":2}},"required":["a"]}}})";
  EXPECT_EQ(fate(both, R"({"a":"xx","b":1})"), Fate::whole);
  EXPECT_EQ(fate(both, R"({"a":"xx"})"), Fate::whole);
  EXPECT_EQ(fate(both, R"({"a":"xxx")"), Fate::refused);
  EXPECT_EQ(fate(R"({"allOf":[{"type":"string","maxLength":2}]})", R"("abc)"), Fate::refused);
}

TEST(SchemaKeywords, HoldWithoutATypeToo) {
  EXPECT_EQ(fate(R"({"minimum":5})", "4"), Fate::beginning);
  EXPECT_EQ(fate(R"({"maxItems":1})", "[1,2"), Fate::refused);
  EXPECT_EQ(fate(R"({"type":["string","null"],"enum":["a",null,1]})", "1"), Fate::refused);
  EXPECT_EQ(fate(R"({"type":["string","null"],"enum":["a",null,1]})", "null"), Fate::whole);
  EXPECT_EQ(fate(R"({"type":"integer","minimum":1,"exclusiveMinimum":5})", "5"), Fate::beginning);
  EXPECT_EQ(fate(R"({"type":"array","prefixItems":[true],"items":false})", R"([{"a":1}])"), Fate::whole);
}

TEST(SchemaKeywords, NotesAreIgnored) {
  EXPECT_EQ(
      fate(R"({"title":"t","$comment":"c","default":"x","examples":[{"$ref":"#"}],"x-more":{},"type":"string",
                     "format":"email"})",
           R"("a")"),
      Fate::whole);
}

TEST(SchemaKeywords, TheWholeMayBeReferredTo) {
  const std::string tree = R"({"type":"object","properties":{"name":{"$ref":"#/$defs/name"},
      "children":{"type":"array","items":{"$ref":"#"}}},"required":["name"],"additionalProperties":false,
      "$defs":{"name":{"type":"string","maxLength":1}}})";
  EXPECT_EQ(fate(tree, R"({"name":"a","children":[{"name":"b","children":[]},{"name":"c"}]})"), Fate::whole);
  EXPECT_EQ(fate(tree, R"({"name":"a","children":[{"name":"bb")"), Fate::refused);
  EXPECT_EQ(fate(tree, R"({"name":"a","children":[{"children")"), Fate::refused);
}

}  // namespace
}  // namespace sluice::backends::ggml::test
