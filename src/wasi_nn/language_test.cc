// Language models through the ABI, with the fake model: what it says next is a function of all that was said.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "nn/testing/fake_language.h"
#include "wasi_nn/session_fixture_test.h"

namespace sluice::wasi_nn {
namespace {

using nn::testing::answer_to;
using testing::HasSubstr;

enum : std::int32_t {
  ok = 0,
  invalid = 1,
  encoding = 2,
  runtime = 5,
  unsupported = 6,
  ended = 100,
  full = 101,
  too_long = 102
};

class Language : public SessionTest {
 protected:
  void SetUp() override {
    open({named("lm", "ggml", "FAKE MODEL "), named("embed", "ggml", "FAKE MODEL embedding")});
  }
  std::int32_t set(std::uint32_t context, std::string_view text, std::uint32_t index = 0) {
    return guest->call("set_input", {context, index, guest->tensor({1}, 2, text)});
  }
  std::int32_t compute(std::uint32_t context) { return guest->call("compute", {context}); }
  nlohmann::json numbers(std::uint32_t context) { return nlohmann::json::parse(guest->output(context, 1)); }
  static constexpr const char* greedy = R"({"temp":0,"n-predict":20})";
};

TEST_F(Language, Computes) {
  const std::uint32_t context = guest->start(guest->load_by_name("lm", greedy));
  EXPECT_EQ(numbers(context)["output_tokens"], 0) << "asked for before there is anything";
  EXPECT_EQ(set(context, "hello"), ok);
  EXPECT_EQ(numbers(context)["input_tokens"], 6) << "with the one that begins";
  EXPECT_EQ(compute(context), ok);
  EXPECT_EQ(guest->output(context), answer_to("hello", 20));
  EXPECT_EQ(numbers(context)["output_tokens"], answer_to("hello", 20).size());
  EXPECT_TRUE(numbers(context).contains("llama_build_number"));
  EXPECT_TRUE(numbers(context).contains("llama_commit"));
  // Each compute begins anew, and so does each input.
  EXPECT_EQ(compute(context), ok);
  EXPECT_EQ(guest->output(context), answer_to("hello", 20));
  EXPECT_EQ(set(context, "say:other;", 7), ok) << "any index but 1 is the prompt";
  EXPECT_EQ((guest->output(context), guest->last), invalid) << "what was computed is forgotten";
  EXPECT_EQ(compute(context), ok);
  EXPECT_EQ(guest->output(context), "other");
}

TEST_F(Language, ComputesATokenAtATime) {
  const std::uint32_t context = guest->start(guest->load_by_name("lm", R"({"temp":0})"));
  EXPECT_EQ((guest->output(context, 0, "get_output_single"), guest->last), invalid);
  EXPECT_EQ(set(context, "say:abcdef;"), ok);
  std::string text;
  std::int32_t number = ok;
  while ((number = guest->call("compute_single", {context})) == ok) {
    text += guest->output(context, 0, "get_output_single");
    EXPECT_EQ(guest->last, ok);
    EXPECT_EQ(guest->output(context), text);
  }
  EXPECT_EQ(number, ended);
  EXPECT_EQ(text, "abcdef");
  EXPECT_EQ(guest->call("compute_single", {context}), ended) << "until it is finished";
  EXPECT_EQ(guest->output(context), "abcdef");
  EXPECT_EQ(guest->call("fini_single", {context}), ok);
  EXPECT_EQ(guest->call("compute_single", {context}), ok);
  EXPECT_EQ(guest->call("fini_single", {context}), ok) << "in the middle";
  EXPECT_EQ(compute(context), ok);
  EXPECT_EQ(guest->output(context), "abcdef");
}

// However long it takes to ask again.
TEST_F(Language, EachTokenIsAPieceOfItsOwn) {
  const std::uint32_t context = guest->start(guest->load_by_name("lm", R"({"temp":0})"));
  EXPECT_EQ(set(context, "say:one two three four;"), ok);
  std::string text;
  for (int i = 0; guest->call("compute_single", {context}) == ok; ++i) {
    if (i < 2) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::string piece = guest->output(context, 0, "get_output_single");
    EXPECT_EQ(piece.size(), 1U);
    text += piece;
  }
  EXPECT_EQ(text, "one two three four");
  EXPECT_EQ(numbers(context)["output_tokens"], text.size());
}

TEST_F(Language, WhatFailedGivesNothing) {
  const std::uint32_t context = guest->start(guest->load_by_name("lm", R"({"grammar":"bad"})"));
  EXPECT_EQ(set(context, "hello"), ok);
  EXPECT_EQ(compute(context), invalid);
  EXPECT_EQ((guest->output(context), guest->last), invalid);
}

TEST_F(Language, AGrammarOrASchema) {
  const std::uint32_t context = guest->start(guest->load_by_name("lm", greedy));
  EXPECT_EQ(set(context, R"({"grammar":"root","json-schema":"{}"})", 1), invalid);
  EXPECT_EQ(set(context, R"({"json-schema":"no schema"})", 1), ok);
  EXPECT_EQ(set(context, "hello"), ok);
  EXPECT_EQ(compute(context), invalid);
  EXPECT_EQ(set(context, R"({"grammar":"root"})", 1), ok) << "what was said last holds";
  EXPECT_EQ(compute(context), ok);
}

TEST_F(Language, StreamsAlsoToTheGuestsOwnOutput) {
  const std::uint32_t context = guest->start(guest->load_by_name("lm", R"({"temp":0,"stream-stdout":true})"));
  EXPECT_EQ(set(context, "say:one\ntwo;"), ok);
  EXPECT_EQ(compute(context), ok);
  EXPECT_EQ(guest->printed, "one\ntwo");
  EXPECT_EQ(guest->output(context), "one\ntwo");
}

TEST_F(Language, OptionsChangeBetweenComputes) {
  const std::uint32_t context = guest->start(guest->load_by_name("lm", greedy));
  EXPECT_EQ(set(context, "say:one two three;"), ok);
  EXPECT_EQ(set(context, R"({"n-predict":3,"unknown":[1]})", 1), ok);
  EXPECT_EQ(compute(context), ok);
  EXPECT_EQ(guest->output(context), "one");
  EXPECT_EQ(set(context, R"({"n-predict":-1,"reverse-prompt":"two"})", 1), ok);
  EXPECT_EQ(compute(context), ok);
  EXPECT_EQ(guest->output(context), "one ");
  EXPECT_EQ(set(context, R"({"n-predict":0})", 1), ok);
  EXPECT_EQ(compute(context), ok);
  EXPECT_EQ(guest->output(context), "");
  EXPECT_EQ(guest->last, ok);
}

TEST_F(Language, WrongOptions) {
  const std::uint32_t graph = guest->load_by_name("lm", greedy);
  const std::uint32_t context = guest->start(graph);
  for (const char* bad : {"", "{", "[1]", "null", "\"x\"", "{\"temp\":}", "\xff"}) {
    EXPECT_EQ(set(context, bad, 1), encoding) << bad;
  }
  for (const char* bad :
       {R"({"temp":"hot"})", R"({"n-predict":"many"})", R"({"n-predict":1.5})", R"({"enable-log":1})",
        R"({"ctx-size":-1})", R"({"top-p":2})", R"({"grammar":5})", R"({"seed":-2})", R"({"threads":1e9})",
        R"({"n-predict":1e300})", R"({"embedding":"yes"})"}) {
    EXPECT_EQ(set(context, bad, 1), invalid) << bad;
  }
  EXPECT_EQ(set(context, R"({"n-predict":1,"temp":"hot"})", 1), invalid);
  EXPECT_EQ(set(context, "say:all of it;"), ok);
  EXPECT_EQ(compute(context), ok);
  EXPECT_EQ(guest->output(context), "all of it") << "nothing of wrong options holds";
  const std::uint32_t out = guest->put_numbers({0});
  EXPECT_EQ(guest->call("load_by_name_with_config", {guest->put("lm"), 2, guest->put("{"), 1, out}),
            encoding);
}

TEST_F(Language, PromptsThatAreTooLong) {
  const std::uint32_t context = guest->start(guest->load_by_name("lm", R"({"temp":0,"ctx-size":64})"));
  EXPECT_EQ(compute(context), invalid) << "no prompt";
  EXPECT_EQ(guest->call("compute_single", {context}), invalid);
  EXPECT_EQ(set(context, std::string(60, 'a')), ok);  // 61 tokens, and 60 may be
  EXPECT_EQ(compute(context), too_long);
  EXPECT_THAT(guest->told.back(), HasSubstr("has 61 tokens, and the context has 64"));
  EXPECT_EQ(guest->call("compute_single", {context}), too_long);
  const std::string prompt = "say:" + std::string(40, 'x') + ";";  // and 18 more fit
  EXPECT_EQ(set(context, prompt), ok);
  EXPECT_EQ(compute(context), full);
  EXPECT_EQ(guest->output(context), std::string(18, 'x')) << "what fitted stays";
  std::int32_t number = ok;
  while (number == ok) number = guest->call("compute_single", {context});
  EXPECT_EQ(number, full);
  EXPECT_EQ(set(context, R"({"ctx-size":128})", 1), ok);
  EXPECT_EQ(compute(context), ok) << "another context";
  EXPECT_EQ(guest->output(context), std::string(40, 'x'));
}

TEST_F(Language, Embeds) {
  const std::uint32_t context = guest->start(guest->load_by_name("embed"));
  EXPECT_EQ(compute(context), invalid);
  EXPECT_EQ(set(context, "a text"), ok);
  EXPECT_EQ(guest->call("compute_single", {context}), unsupported);
  EXPECT_EQ(compute(context), ok);
  const auto answer = nlohmann::json::parse(guest->output(context));
  EXPECT_EQ(answer["n_embedding"], 8);
  EXPECT_EQ(answer["embedding"].size(), 8U);
}

TEST_F(Language, AWorkerThatBreaksIsAnErrorAndTheNextOneComputes) {
  const std::uint32_t context = guest->start(guest->load_by_name("lm", greedy));
  EXPECT_EQ(set(context, "!abort"), ok);
  EXPECT_EQ(compute(context), runtime);
  EXPECT_EQ(set(context, "say:alive;"), ok);
  EXPECT_EQ(compute(context), ok);
  EXPECT_EQ(guest->output(context), "alive");
}

TEST_F(Language, GuestsShareOneEngineAndNothingElse) {
  constexpr int guests = 12;
  std::vector<std::thread> threads;
  for (int i = 0; i < guests; ++i) {
    threads.emplace_back([&, i] {
      Guest one(*graphs);
      const std::uint32_t context = one.start(one.load_by_name("lm", greedy));
      for (int turn = 0; turn < 5; ++turn) {
        const std::string prompt = "guest " + std::to_string(i) + " turn " + std::to_string(turn);
        EXPECT_EQ(one.call("set_input", {context, 0, one.tensor({1}, 2, prompt)}), ok);
        // One in three goes away in the middle of its answer.
        if (i % 3 == 0) {
          EXPECT_EQ(one.call("compute_single", {context}), ok);
          continue;
        }
        EXPECT_EQ(one.call("compute", {context}), ok);
        EXPECT_EQ(one.output(context), answer_to(prompt, 20));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Language, UnloadedAndLoadedAgain) {
  for (int turn = 0; turn < 3; ++turn) {
    const std::uint32_t graph = guest->load_by_name("lm", greedy);
    const std::uint32_t context = guest->start(graph);
    EXPECT_EQ(set(context, "say:again;"), ok);
    EXPECT_EQ(compute(context), ok);
    EXPECT_EQ(guest->output(context), "again");
    EXPECT_EQ(guest->call("unload", {graph}), ok);
  }
}

TEST_F(Language, AModelThatTheGuestGives) {
  const std::string model = "FAKE MODEL of bytes";
  const std::uint32_t list = guest->put_numbers({guest->put(model), Guest::size_of(model)});
  const std::uint32_t out = guest->put_numbers({0});
  ASSERT_EQ(guest->call("load", {list, 1, 6, 0, out}), ok);
  const std::uint32_t context = guest->start(guest->number_at(out));
  EXPECT_EQ(set(context, greedy, 1), ok);
  EXPECT_EQ(set(context, "say:mine;"), ok);
  EXPECT_EQ(compute(context), ok) << testing::PrintToString(guest->told);
  EXPECT_EQ(guest->output(context), "mine");
  const std::uint32_t bad = guest->put_numbers({guest->put("GGUF?"), 5});
  EXPECT_EQ(guest->call("load", {bad, 1, 6, 0, out}), invalid);
}

}  // namespace
}  // namespace sluice::wasi_nn
