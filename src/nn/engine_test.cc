#include "nn/engine.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "base/value.h"
#include "nn/language_model.h"
#include "nn/testing/engine_fixture.h"
#include "nn/testing/fake_language.h"

namespace sluice::nn {
namespace {

using testing::answer_to;
using ::testing::ElementsAre;
using testing::EngineTest;
using ::testing::HasSubstr;
using testing::Outcome;

GenerateOptions at_most(std::uint32_t tokens) {
  GenerateOptions options;
  options.tokens_max = tokens;
  return options;
}

std::string prompt_of(std::mt19937& random, int number) {
  std::string prompt = "prompt " + std::to_string(number) + ": ";
  const std::size_t size = random() % 5 == 0 ? random() % 1500 : random() % 60;
  while (prompt.size() < size) prompt += static_cast<char>('a' + random() % 26);
  return prompt;
}

TEST_F(EngineTest, AnswersAsTheModelDoesAlone) {
  open();
  const Outcome outcome = wait(generate("hello", at_most(50)));
  ASSERT_TRUE(outcome.completion) << outcome.error->to_string();
  EXPECT_EQ(outcome.completion->message.content, answer_to("hello", 50));
  EXPECT_EQ(outcome.deltas, answer_to("hello", 50));
  EXPECT_EQ(outcome.completion->usage.prompt_tokens, 6U);
}

TEST_F(EngineTest, ManyWithCancellationsNeverMixAndEachEndsOnce) {
  open();
  std::mt19937 random(7);
  std::vector<std::pair<RequestId, std::string>> asked;
  for (int i = 0; i < 300; ++i) {
    const std::string prompt = prompt_of(random, i);
    asked.emplace_back(generate(prompt, at_most(40), std::to_string(i % 5)), prompt);
    if (random() % 4 == 0) engine_->submit(CancelMessage{asked[random() % asked.size()].first});
  }
  int answered = 0;
  for (const auto& [id, prompt] : asked) {
    const Outcome outcome = wait(id);
    EXPECT_EQ(outcome.endings, 1);
    if (outcome.error) {
      EXPECT_EQ(outcome.error->code, ErrorCode::cancelled) << outcome.error->to_string();
      continue;
    }
    ++answered;
    EXPECT_EQ(outcome.completion->message.content, answer_to(prompt, 40)) << prompt;
    EXPECT_EQ(outcome.deltas, outcome.completion->message.content);
  }
  EXPECT_GT(answered, 150);
}

TEST_F(EngineTest, RoomThatEndsPreemptsAndLosesNothing) {
  OpenMessage small;
  small.context_tokens = 256;
  small.parallel = 8;
  small.memory_mib = 20;  // 16 for one request, which leaves about 60 tokens for the others
  open(small);
  ASSERT_LT(model_->settings().total_tokens, 330U);
  std::vector<std::pair<RequestId, std::string>> asked;
  for (int i = 0; i < 30; ++i) {
    const std::string prompt = std::to_string(i) + std::string(100, static_cast<char>('a' + i % 26));
    asked.emplace_back(generate(prompt, at_most(100)), prompt);
  }
  for (const auto& [id, prompt] : asked) {
    const Outcome outcome = wait(id);
    ASSERT_TRUE(outcome.completion) << outcome.error->to_string();
    EXPECT_EQ(outcome.completion->message.content, answer_to(prompt, 100));
  }
}

TEST_F(EngineTest, ComputesACommonBeginningOnce) {
  open();
  const std::string system(600, 's');
  std::vector<RequestId> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(generate(system + std::to_string(i), at_most(5)));
  std::uint32_t cached = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Outcome outcome = wait(ids[i]);
    EXPECT_EQ(outcome.completion->message.content, answer_to(system + std::to_string(i), 5));
    cached += outcome.completion->usage.cached_tokens;
  }
  EXPECT_EQ(cached, 9 * 601U);
}

TEST_F(EngineTest, ANextTurnGoesOnFromItsPast) {
  open();
  const Outcome first = wait(generate("one two three", at_most(10)));
  const std::string past = "one two three" + first.completion->message.content;
  const Outcome second = wait(generate(past + "more", at_most(10)));
  EXPECT_EQ(second.completion->message.content, answer_to(past + "more", 10));
  EXPECT_GE(second.completion->usage.cached_tokens + 1, past.size());
}

TEST_F(EngineTest, OneOwnerWithManyRequestsDoesNotHoldUpAnother) {
  OpenMessage few;
  few.parallel = 2;
  open(few);
  std::vector<RequestId> ids;
  for (int i = 0; i < 40; ++i)
    ids.push_back(generate("!slow many " + std::to_string(i), at_most(20), "many"));
  const RequestId one = generate("one", at_most(20), "one");
  wait(one);
  EXPECT_LT(order().size(), 20U);
  for (const RequestId id : ids) EXPECT_TRUE(wait(id).completion);
}

TEST_F(EngineTest, AStopTextEndsTheAnswerAndNoPartOfItIsSent) {
  open();
  GenerateOptions options;
  options.stop = {"</end>", "\n\n"};
  const Outcome outcome = wait(generate("say:a < b </e </end> more;", options));
  EXPECT_EQ(outcome.completion->message.content, "a < b </e ");
  EXPECT_EQ(outcome.deltas, "a < b </e ");
  EXPECT_EQ(outcome.completion->finish, FinishReason::stop);
}

TEST_F(EngineTest, DeltasAreWholeCharacters) {
  open();
  const Outcome outcome = wait(generate("say:für €5 😀;", {}));
  EXPECT_EQ(outcome.completion->message.content, "für €5 😀");
  EXPECT_EQ(outcome.deltas, "für €5 😀");
  for (const Delta& delta : outcome.all_deltas) EXPECT_TRUE(is_utf8(delta.content));
}

TEST_F(EngineTest, TheSameSeedDrawsTheSame) {
  open();
  GenerateOptions options = at_most(30);
  options.sampling.temperature = 1;
  options.sampling.seed = 5;
  const RequestId first = generate("x", options);
  for (int i = 0; i < 8; ++i) generate("others" + std::to_string(i), at_most(30));
  const std::string alone = wait(first).completion->message.content;
  EXPECT_EQ(wait(generate("x", options)).completion->message.content, alone);
  options.sampling.seed = 6;
  EXPECT_NE(wait(generate("x", options)).completion->message.content, alone);
}

TEST_F(EngineTest, TheFilesAdviceOnSamplingIsTheDefault) {
  open({}, "cold");
  EXPECT_EQ(model_->sampling().temperature, 0);
  EXPECT_EQ(model_->sampling().top_p, SamplingDefaults().top_p);
  EXPECT_EQ(model_->sampling().top_k, SamplingDefaults().top_k);
  GenerateOptions options = at_most(10);
  engine_->submit(GenerateMessage{{50, "", false}, {"hello", {}, options}});
  EXPECT_EQ(wait(50).completion.value().message.content, answer_to("hello", 10));
  options.sampling.temperature = 1;
  engine_->submit(GenerateMessage{{51, "", false}, {"hello", {}, options}});
  EXPECT_NE(wait(51).completion.value().message.content, answer_to("hello", 10));
}

TEST_F(EngineTest, NoRequestIsLongerThanTheModelWasTrainedFor) {
  OpenMessage large;
  large.context_tokens = 100'000;
  open(large);
  EXPECT_EQ(model_->settings().request_tokens, 4096U);
  EXPECT_EQ(model_->info().context_tokens, 4096U);
}

TEST_F(EngineTest, ACancelledRequestGivesItsPlaceBackAtOnce) {
  OpenMessage one;
  one.parallel = 1;
  open(one);
  const RequestId endless = generate("!slow", at_most(4000));
  const RequestId next = generate("hello", at_most(10));
  engine_->submit(CancelMessage{endless});
  EXPECT_EQ(wait(endless).error.value().code, ErrorCode::cancelled);
  EXPECT_EQ(wait(next).completion.value().message.content, answer_to("hello", 10));
  EXPECT_THAT(order(), ElementsAre(endless, next));
}

// What requests share: all of a memory, a small one, or nothing.
class SeededTest : public EngineTest, public ::testing::WithParamInterface<std::uint32_t> {};

INSTANTIATE_TEST_SUITE_P(MemoryMiB, SeededTest, ::testing::Values(40, 160, 1200));

TEST_P(SeededTest, NothingDependsOnWhatElseIsComputed) {
  OpenMessage message;
  message.context_tokens = 512;
  message.memory_mib = GetParam();
  open(message);
  ASSERT_EQ(model_->settings().separate, GetParam() == 1200);
  GenerateOptions seeded = at_most(20);
  seeded.sampling.seed = 1;
  const std::string system = "!wobbly " + std::string(300, 's');
  std::vector<std::pair<RequestId, std::string>> asked;
  for (int i = 0; i < 40; ++i) {
    // A part of the beginnings is there already, computed in large batches for those without a seed.
    generate(system + "without" + std::to_string(i), at_most(20), std::to_string(i % 3));
    const std::string prompt = system.substr(0, 8 + static_cast<std::size_t>(i % 7) * 40) + std::to_string(i);
    asked.emplace_back(generate(prompt, seeded, std::to_string(i % 5)), prompt);
  }
  for (const auto& [id, prompt] : asked) {
    const Outcome outcome = wait(id);
    ASSERT_TRUE(outcome.completion) << outcome.error->to_string();
    EXPECT_EQ(outcome.completion->message.content, answer_to(prompt, 20));
  }
}

TEST_F(EngineTest, WithASeedACommonBeginningIsComputedOnceToo) {
  open();
  GenerateOptions seeded = at_most(5);
  seeded.sampling.seed = 1;
  const std::string system = "!wobbly " + std::string(600, 's');
  std::vector<RequestId> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(generate(system + std::to_string(i), seeded));
  std::size_t cached = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Outcome outcome = wait(ids[i]);
    EXPECT_EQ(outcome.completion->message.content, answer_to(system + std::to_string(i), 5));
    cached += outcome.completion->usage.cached_tokens;
  }
  EXPECT_EQ(cached, 9 * 609U);
}

TEST_F(EngineTest, MoreDrawTogetherWithASeedThanABatchMayHave) {
  OpenMessage many;
  many.parallel = 64;
  open(many);
  GenerateOptions seeded = at_most(30);
  seeded.sampling.seed = 1;
  std::vector<std::pair<RequestId, std::string>> asked;
  for (int i = 0; i < 64; ++i) {
    const std::string prompt = "!wobbly " + std::to_string(i);
    asked.emplace_back(generate(prompt, seeded), prompt);
  }
  for (const auto& [id, prompt] : asked)
    EXPECT_EQ(wait(id).completion.value().message.content, answer_to(prompt, 30));
}

TEST_F(EngineTest, GivesLogprobsAndReasons) {
  open();
  GenerateOptions options = at_most(3);
  options.logprobs = 2;
  const Outcome outcome = wait(generate("say:hello;", options));
  ASSERT_EQ(outcome.completion->logprobs.size(), 3U);
  EXPECT_EQ(outcome.completion->logprobs[0].token, "h");
  EXPECT_EQ(outcome.completion->logprobs[0].top.size(), 2U);
  EXPECT_EQ(outcome.completion->finish, FinishReason::length);
}

TEST_F(EngineTest, ACallOfAToolIsParsed) {
  open();
  ChatRequest request;
  request.messages = {{Role::user, R"(say:Look: @add({"a":1});)", {}, {}}};
  request.tools = {{"add", "adds", R"({"type":"object"})"}};
  request.options.sampling.temperature = 0;
  engine_->submit(ChatMessage{{77, "", true}, request});
  const Outcome outcome = wait(77);
  ASSERT_TRUE(outcome.completion) << outcome.error->to_string();
  EXPECT_EQ(outcome.completion->finish, FinishReason::tool_calls);
  ASSERT_EQ(outcome.completion->message.tool_calls.size(), 1U);
  EXPECT_EQ(outcome.completion->message.tool_calls[0].name, "add");
  EXPECT_EQ(outcome.completion->message.tool_calls[0].arguments, R"({"a":1})");
  EXPECT_EQ(outcome.deltas, "Look: ");
}

TEST_F(EngineTest, APromptThatThePluginSplitIsTakenAsItIs) {
  open();
  const auto ask = [&](RequestId id, const std::string& text) {
    ChatRequest request;
    request.messages = {{Role::user, text, {}, {}}};
    request.options = at_most(1);
    engine_->submit(ChatMessage{{id, "", false}, request});
    return wait(id);
  };
  EXPECT_EQ(ask(71, "normal").completion.value().usage.prompt_tokens, 7U);
  EXPECT_EQ(ask(72, "forged").completion.value().usage.prompt_tokens, 8U);
  EXPECT_EQ(ask(73, "forged no token").error.value().code, ErrorCode::unavailable);
}

TEST_F(EngineTest, OnlyTheRequestThatBreaksTheBatchFails) {
  open();
  std::vector<RequestId> good;
  RequestId bad = 0;
  for (int i = 0; i < 6; ++i) {
    if (i == 3) bad = generate("!broken", at_most(20), "bad");
    good.push_back(generate("good " + std::to_string(i), at_most(20)));
  }
  EXPECT_THAT(wait(bad).error.value().to_string(), HasSubstr("the fake model broke"));
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_EQ(wait(good[i]).completion.value().message.content, answer_to("good " + std::to_string(i), 20));
  }
}

TEST_F(EngineTest, RefusesWhatMakesNoSense) {
  OpenMessage small;
  small.context_tokens = 100;
  open(small);
  const Outcome too_long = wait(generate(std::string(200, 'x'), {}));
  const auto numbers = context_overflow(too_long.error.value());
  ASSERT_TRUE(numbers) << too_long.error->to_string();
  EXPECT_EQ(numbers->needed, 202U);
  EXPECT_EQ(numbers->available, 100U);

  engine_->submit(GenerateMessage{{91, "", false}, {"x", {ResponseFormat::Kind::grammar, "bad"}, {}}});
  EXPECT_THAT(wait(91).error.value().why, HasSubstr("no root"));
  engine_->submit(GenerateMessage{{92, "", false}, {"x", {ResponseFormat::Kind::json_schema, "{"}, {}}});
  EXPECT_EQ(wait(92).error.value().code, ErrorCode::invalid_input);
  engine_->submit(ChatMessage{{93, "", false}, {}});
  EXPECT_THAT(wait(93).error.value().why, HasSubstr("no messages"));
  EXPECT_THAT(wait(generate("x", at_most(0))).error.value().why, HasSubstr("are 0"));
  GenerateOptions bias;
  bias.sampling.logit_bias = {{5000, 1.0F}};
  EXPECT_THAT(wait(generate("x", bias)).error.value().why, HasSubstr("5000"));
  engine_->submit(EmbedMessage{{94, "", false}, {"x"}});
  EXPECT_EQ(wait(94).error.value().code, ErrorCode::invalid_input);
}

TEST_F(EngineTest, AFullQueueRefuses) {
  OpenMessage few;
  few.parallel = 1;
  few.queue_max = 3;
  open(few);
  std::vector<RequestId> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(generate("!slow " + std::to_string(i), at_most(20)));
  int refused = 0;
  for (const RequestId id : ids) {
    const Outcome outcome = wait(id);
    if (outcome.error && is_queue_full(*outcome.error)) ++refused;
  }
  EXPECT_GE(refused, 20);
  EXPECT_LT(refused, 30);
}

TEST_F(EngineTest, CountsTokens) {
  open();
  engine_->submit(CountMessage{{1, "", false}, {"", "abc"}});
  EXPECT_THAT(wait(1).counts.value(), ElementsAre(0U, 3U));
}

TEST_F(EngineTest, EmbedsAndOnlyTheTextThatBreaksFails) {
  open({}, "embedding");
  for (RequestId id = 1; id <= 40; ++id) {
    const std::string text = id == 20 ? "!broken" : std::string(id, 'x');
    engine_->submit(EmbedMessage{{id, "", false}, {text, "second"}});
  }
  for (RequestId id = 1; id <= 40; ++id) {
    const Outcome outcome = wait(id);
    EXPECT_EQ(outcome.endings, 1);
    if (id == 20) {
      EXPECT_TRUE(outcome.error);
      continue;
    }
    ASSERT_TRUE(outcome.embedded) << outcome.error->to_string();
    ASSERT_EQ(outcome.embedded->vectors.size(), 2U);
    EXPECT_EQ(outcome.embedded->vectors[0][(id + 1) % 8], 1);
    EXPECT_EQ(outcome.embedded->vectors[1][7], 1);
  }
}

}  // namespace
}  // namespace sluice::nn
