#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "test/test_model.h"

namespace sluice::backends::ggml::test {
namespace {

using std::chrono::steady_clock;
using testing::HasSubstr;

Said open(std::string_view grammar, Sampler& sampler) {
  sluice_nn_sampling sampling = greedy();
  sampling.grammar = text(grammar);
  return make_sampler(sampling, sampler);
}

Fate fate(std::string_view grammar, std::string_view answer) {
  sluice_nn_sampling sampling = greedy();
  sampling.grammar = text(grammar);
  return fate_of(sampling, answer);
}

TEST(Grammar, FollowsWhatItSays) {
  struct Case {
    std::string_view grammar;
    std::vector<std::string_view> whole;
    std::vector<std::string_view> beginnings;
    std::vector<std::string_view> refused;
  };
  const std::vector<Case> cases{
      {"root ::= \"yes\" | \"no\"", {"yes", "no"}, {"", "ye", "n"}, {"maybe", "yess", "Yes", " yes"}},
      {"root ::= [a-c]{2,4} \"!\"?", {"ab", "abca", "abc!"}, {"", "a"}, {"abcab", "ad", "a!", "abcd"}},
      {"root ::= \"a\"* \"b\"+", {"b", "aab", "abbb"}, {"", "aaaa"}, {"ba", "c"}},
      {"root ::= ([^\"\\\\] | \"\\\\\" [\"n])*",
       {"", "abc ü 漢 🙂", "a\\\"b", "x\\n"},
       {"\\"},
       {"\"", "\\x"}},
      {"root ::= item (\", \" item)*\nitem ::= [0-9]+ | \"(\" root \")\"",
       {"1", "1, 22, 3", "(1, (2), 3), 4"},
       {"1, ", "(1", "((((7"},
       {",", "1,2", "1)", "()"}},
      // Left recursion, hidden left recursion, rules that may be empty.
      {"root ::= root \"+\" [0-9] | [0-9]", {"1", "1+2", "1+2+3"}, {"", "1+"}, {"+", "12", "1++"}},
      {"root ::= maybe root \"x\" | \"y\"\nmaybe ::= \"-\"?",
       {"y", "yx", "-yx", "--yxx", "-yxxx"},
       {"", "-", "--yx"},
       {"x", "yy", "y-"}},
      {"root ::= a b c\na ::= \"a\"?\nb ::= a a\nc ::= b b", {"", "a", "aaaaaaa"}, {}, {"aaaaaaaa", "b"}},
      {"# a comment\nroot ::= # another\n  \"a\" |\n  \"b\"\n", {"a", "b"}, {""}, {"ab", "#"}},
      {"root ::= \"\\u00e9\" . \"\\x21\"", {"éx!", "é漢!"}, {"é", "é漢"}, {"e", "é!!!"}},
  };
  for (const Case& each : cases) {
    for (const auto answer : each.whole)
      EXPECT_EQ(fate(each.grammar, answer), Fate::whole) << each.grammar << "\n" << answer;
    for (const auto answer : each.beginnings) {
      EXPECT_EQ(fate(each.grammar, answer), Fate::beginning) << each.grammar << "\n" << answer;
    }
    for (const auto answer : each.refused)
      EXPECT_EQ(fate(each.grammar, answer), Fate::refused) << each.grammar << "\n" << answer;
  }
}

TEST(Grammar, LongAnswersKeepToIt) {
  std::string deep(300, '[');
  deep += "1" + std::string(300, ']');
  EXPECT_EQ(fate("root ::= [0-9] | \"[\" root \"]\"", deep), Fate::whole);
  std::string list = "[";
  for (int i = 0; i < 3000; ++i) list += "\"item " + std::to_string(i) + "\",";
  list += "\"end\"]";
  EXPECT_EQ(fate("root ::= \"[\" s (\",\" s)* \"]\"\ns ::= \"\\\"\" [^\"]* \"\\\"\"", list), Fate::whole);
}

TEST(Grammar, NamesTokens) {
  // "ab" is one token, "b" another.
  const std::string number = std::to_string(tokens_of(chat_model(), "ab").at(0));
  EXPECT_EQ(fate("root ::= <[" + number + "]> \"b\"", "ab"), Fate::beginning);
  EXPECT_EQ(fate("root ::= !<[" + number + "]> \"b\"", "ab"), Fate::refused);
  Sampler sampler;
  ASSERT_EQ(open("root ::= <|im_start|> \"x\"", sampler).status, SLUICE_NN_OK);
  EXPECT_TRUE(would_draw(sampler.get(), tokens_of(chat_model(), "<|im_start|>", 0, 1).at(0), end_token()));
  EXPECT_TRUE(would_draw(sampler.get(), tokens_of(chat_model(), "x").at(0), end_token()));
  EXPECT_THAT(open("root ::= <no_such_token>", sampler).text, HasSubstr("no token"));
}

TEST(Grammar, ThatIsNoneIsRefusedInWords) {
  struct Case {
    std::string grammar;
    std::string_view says;
  };
  const std::vector<Case> cases{
      {"root ::= \"a", "text without an end"},
      {"root ::= [a", "without an end"},
      {"root ::= (\"a\"", "')' is missing"},
      {"root ::= other", "a rule 'other'"},
      {"start ::= \"a\"", "no rule 'root'"},
      {"root = \"a\"", "'::=' is missing"},
      {"root ::= *", "nothing to repeat"},
      {"root ::= \"a\"{3,2}", "maximum below its minimum"},
      {"root ::= \"\\q\"", "escape"},
      {"root ::= \"a\" ]", "a rule should end"},
      {"root ::= root", "no text can ever"},
      {"root ::= \"a\" b\nb ::= \"c\" b", "no text can ever"},
      {"root ::= \"\xff\"", "no UTF-8"},
      {"root ::= \"a\"{", "a number is missing"},
      {"root ::= \"a\\", "escape"},
      {" ", "no rule 'root'"},
  };
  for (const Case& each : cases) {
    Sampler sampler;
    const Said said = open(each.grammar, sampler);
    EXPECT_EQ(said.status, SLUICE_NN_INVALID) << each.grammar;
    EXPECT_THAT(said.text, HasSubstr(std::string(each.says))) << each.grammar;
  }
}

std::string chain(int rules) {
  // Rules that double at each level: 2^rules ways to begin.
  std::string all = "root ::= r0\n";
  for (int i = 0; i < rules; ++i) {
    const std::string next = "r" + std::to_string(i + 1);
    all += "r" + std::to_string(i) + " ::= " + next + " \"a\" | " + next + " \"b\"\n";
  }
  return all + "r" + std::to_string(rules) + " ::= \"x\"\n";
}

TEST(Grammar, ExplosionsEndInAnErrorOrAreNone) {
  const auto begin = steady_clock::now();
  Sampler sampler;
  EXPECT_EQ(open("root ::= \"a\"{1000000000}", sampler).status, SLUICE_NN_INVALID);
  EXPECT_EQ(open("root ::= ((((\"a\"{900}){900}){900}){900}){900}", sampler).status, SLUICE_NN_OK);
  EXPECT_EQ(open("root ::= \"a\"{0,99999} \"b\"{0,99999} \"c\"{0,99999}", sampler).status, SLUICE_NN_INVALID);
  EXPECT_EQ(open("root ::= " + std::string(100'000, '('), sampler).status, SLUICE_NN_INVALID);
  EXPECT_EQ(open("root ::= \"" + std::string(2'000'000, 'a') + "\"", sampler).status, SLUICE_NN_INVALID);
  std::string steps = "root ::= s0\n";
  for (int i = 0; i < 30'000; ++i) steps += "s" + std::to_string(i) + " ::= s" + std::to_string(i + 1) + "\n";
  EXPECT_EQ(open(steps + "s30000 ::= \"a\"", sampler).status, SLUICE_NN_OK);
  // Ambiguous ones are followed all the same.
  EXPECT_EQ(fate(chain(40), "xabab"), Fate::beginning);
  EXPECT_EQ(fate("root ::= \"a\" root root | \"b\" | \"\"", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"),
            Fate::whole);
  EXPECT_EQ(fate("root ::= x\nx ::= \"a\" x \"b\" x | \"a\" x \"c\" x | \"\"", std::string(60, 'a') + "bcb"),
            Fate::beginning);
  EXPECT_EQ(fate("root ::= (\"a\"? \"a\"? \"a\"?){0,60}", std::string(150, 'a')), Fate::whole);
  // More than a draw may work is an error.
  EXPECT_NE(fate("root ::= (\"a\"? \"a\"? \"a\"?){0,2000}", std::string(3000, 'a')), Fate::beginning);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(60));
}

std::string grammar_of(const std::string& schema, Said* said = nullptr) {
  std::string grammar;
  sluice_nn_error error{};
  const auto status = llm().schema_grammar(chat_model(), text(schema), into(grammar), &error);
  if (said != nullptr) {
    *said = {status, error.text};
  } else {
    EXPECT_EQ(status, SLUICE_NN_OK) << error.text;
  }
  return grammar;
}

TEST(Schema, MakesAGrammarOfItsDocuments) {
  const std::string grammar = grammar_of(R"({"type":"object","properties":{"file":{"type":"string"},
      "line":{"type":"integer","minimum":1,"maximum":300},"kind":{"enum":["bug","style"]},
      "tags":{"type":"array","items":{"type":"string"},"maxItems":2}},"required":["file","line","kind"],
      "additionalProperties":false})");
  EXPECT_EQ(fate(grammar, R"({"file":"a.cc","line":12,"kind":"bug"})"), Fate::whole);
  EXPECT_EQ(fate(grammar, R"({"file": "ü \" \\ \u00e9", "line": 300, "kind": "style", "tags": ["a", "b"]})"),
            Fate::whole);
  EXPECT_EQ(fate(grammar, R"({"file":"a.cc","line":301)"), Fate::refused);
  EXPECT_EQ(fate(grammar, R"({"file":"a.cc","line":0)"), Fate::refused);
  EXPECT_EQ(fate(grammar, R"({"file":"a.cc","line":1,"kind":"other")"), Fate::refused);
  EXPECT_EQ(fate(grammar, R"({"file":"a.cc","line":1,"kind":"bug","tags":["a","b","c")"), Fate::refused);
  EXPECT_EQ(fate(grammar, R"({"file":"a.cc","line":1,"kind":"bug","more":1)"), Fate::refused);
  EXPECT_EQ(fate(grammar_of("{}"), R"({"a":[1,2,{"b":null}],"c":true})"), Fate::whole);
  EXPECT_EQ(fate(grammar_of("{}"), "[1]"), Fate::refused);
}

TEST(Schema, RefersToItself) {
  const std::string grammar =
      grammar_of(R"({"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":
      {"name":{"type":"string"},"children":{"type":"array","items":{"$ref":"#/$defs/node"}}},"required":["name"]}}})");
  EXPECT_EQ(fate(grammar, R"({"name":"a","children":[{"name":"b","children":[]},{"name":"c"}]})"),
            Fate::whole);
  Said said;
  grammar_of(R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}})", &said);
  EXPECT_EQ(said.status, SLUICE_NN_INVALID);
}

TEST(Schema, ThatIsNoneOrExplodesIsRefused) {
  const auto begin = steady_clock::now();
  std::string deep = "{\"type\":\"array\",\"items\":";
  std::string nested = "true";
  for (int i = 0; i < 10'000; ++i) nested = deep + nested + "}";
  std::string wide = R"({"type":["object","array","string"],"properties":{"a":X},"items":X})";
  for (int i = 0; i < 12; ++i) {
    std::string next = R"({"type":["object","array","string"],"items":X})";
    for (auto at = wide.find('X'); at != std::string::npos; at = wide.find('X', at + next.size()))
      wide.replace(at, 1, next);
    if (wide.size() > 100'000) break;
  }
  for (auto at = wide.find('X'); at != std::string::npos; at = wide.find('X')) wide.replace(at, 1, "{}");
  std::string many = R"({"type":"object","properties":{)";
  for (int i = 0; i < 2000; ++i)
    many += (i > 0 ? ",\"p" : "\"p") + std::to_string(i) + "\":{\"type\":\"string\"}";
  many += "}}";
  const std::vector<std::pair<std::string, std::string_view>> cases{
      {"", "no JSON"},
      {"{", "no JSON"},
      {"[]", "no object"},
      {"\"string\"", "no object"},
      {R"({"type":"elephant"})", "elephant"},
      {R"({"type":"array","minItems":1000000000})", "minItems"},
      {R"({"type":"array","minItems":-1})", "no count"},
      {R"({"type":"string","minLength":1e300})", "no count"},
      {R"({"$ref":"http://example.com/schema"})", "$ref"},
      {R"({"$ref":"#/$defs/none"})", "none"},
      {R"({"type":"string","pattern":")" + std::string(5000, 'a') + "\"}", "pattern"},
      {R"({"type":"string","pattern":"^((((a{900}){900}){900}){900}){0,900}b{1000000000}$"})", "repetition"},
      {R"({"type":"string","pattern":"^(a$"})", "parentheses"},
      {R"({"enum":[]})", "enum"},
      {R"({"type":"object","properties":{")" + std::string(3000, 'n') + "\":{}}}", "name of 3000"},
      {nested, "deep"},
      {wide, "parts"},
      {many, "500 properties"},
      {"{\"description\":\"" + std::string(300'000, 'd') + "\"}", "bytes"},
  };
  for (const auto& [schema, says] : cases) {
    Said said;
    grammar_of(schema, &said);
    EXPECT_EQ(said.status, SLUICE_NN_INVALID) << schema.substr(0, 100);
    EXPECT_THAT(said.text, HasSubstr(std::string(says))) << schema.substr(0, 100);
  }
  // No maximum is too large: it is as good as none.
  EXPECT_FALSE(grammar_of(R"({"type":"array","maxItems":4000000000})").empty());
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace sluice::backends::ggml::test
