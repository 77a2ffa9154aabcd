#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "nn/language_model.h"
#include "nn/testing/engine_fixture.h"
#include "nn/testing/fake_language.h"

namespace sluice::nn::testing {

namespace {

using ::testing::HasSubstr;

// A prompt with pictures, and what the fake model says to it alone.
struct Mixed {
  std::vector<std::string> texts;  // one more than pictures
  std::vector<std::string> pictures;

  [[nodiscard]] TextRequest request() const {
    TextRequest request;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      request.prompt += texts[i];
      if (i < pictures.size()) request.images.push_back({request.prompt.size(), pictures[i]});
    }
    request.options.sampling.temperature = 0;
    request.options.tokens_max = 40;
    return request;
  }
  [[nodiscard]] std::vector<std::int32_t> tokens() const {
    std::vector<std::int32_t> all = prompt_tokens(texts[0]);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const auto places = picture_tokens(pictures[i]);
      all.insert(all.end(), places.begin(), places.end());
      for (const char c : texts[i + 1]) all.push_back(static_cast<unsigned char>(c));
    }
    return all;
  }
  [[nodiscard]] std::string answer() const { return answer_to(tokens(), 40); }
};

class PicturesTest : public EngineTest {
 protected:
  void open_with_projector(OpenMessage message = {}) {
    message.projector =
        std::filesystem::temp_directory_path() / ("sluice-" + std::to_string(getpid()) + "-projector");
    std::ofstream(message.projector) << "FAKE PROJECTOR";
    open(std::move(message));
  }
  RequestId ask(const Mixed& mixed, const std::string& owner = "") {
    const RequestId id = ++last_;
    engine_->submit(GenerateMessage{{id, owner, true}, mixed.request()});
    return id;
  }
  std::string text_of(RequestId id) {
    const Outcome outcome = wait(id);
    EXPECT_TRUE(outcome.completion) << (outcome.error ? outcome.error->to_string() : "");
    return outcome.completion ? outcome.completion->message.content : "";
  }
};

Mixed numbered(int i) {
  const std::string number = std::to_string(i);
  return {{"Look: ", " and " + number + ": ", " What is it?"},
          {"PICTURE " + std::to_string(3 + i % 7) + " of a cat", "PICTURE 9 of number " + number}};
}

}  // namespace

TEST_F(PicturesTest, TheAnswerIsToTextAndPictures) {
  open_with_projector();
  const Mixed mixed = numbered(1);
  EXPECT_EQ(text_of(ask(mixed)), mixed.answer());
  Mixed other = mixed;
  other.pictures[1] = "PICTURE 9 of a dog";
  EXPECT_EQ(text_of(ask(other)), other.answer());
  EXPECT_NE(other.answer(), mixed.answer());
}

// In a memory that all share, and in one for each.
TEST_F(PicturesTest, ManyAtOnceAnswerAsEachAlone) {
  for (const std::uint32_t context : {256U, 0U}) {
    OpenMessage message;
    message.context_tokens = context;
    open_with_projector(message);
    std::vector<std::pair<RequestId, std::string>> asked;
    for (int i = 0; i < 60; ++i) {
      if (i % 3 == 0) {
        const std::string prompt = "A text alone, number " + std::to_string(i);
        GenerateOptions options;
        options.tokens_max = 40;
        asked.emplace_back(generate(prompt, options), answer_to(prompt, 40));
      } else {
        asked.emplace_back(ask(numbered(i), "owner" + std::to_string(i % 4)), numbered(i).answer());
      }
      if (i % 5 == 0) engine_->submit(CancelMessage{ask(numbered(i + 100))});
    }
    for (const auto& [id, expected] : asked) EXPECT_EQ(text_of(id), expected) << id;
    engine_.reset();
  }
}

TEST_F(PicturesTest, TheSameBeginningIsComputedOnce) {
  open_with_projector();
  const Mixed first{{"Look: ", " What is it?"}, {"PICTURE 300 of a cat"}};
  EXPECT_EQ(wait(ask(first)).completion->usage.cached_tokens, 0U);
  const Mixed second{{"Look: ", " Who is it?"}, {"PICTURE 300 of a cat"}};
  const Outcome again = wait(ask(second));
  EXPECT_GE(again.completion->usage.cached_tokens, 300U);
  EXPECT_EQ(again.completion->usage.prompt_tokens, second.tokens().size());
  EXPECT_EQ(again.completion->message.content, second.answer());
  // Another picture in its place.
  const Mixed third{{"Look: ", " Who is it?"}, {"PICTURE 300 of a dog"}};
  const Outcome other = wait(ask(third));
  EXPECT_LE(other.completion->usage.cached_tokens, 8U);
  EXPECT_EQ(other.completion->message.content, third.answer());
}

TEST_F(PicturesTest, OneThatBreaksFailsAlone) {
  open_with_projector();
  const RequestId good = ask(numbered(1));
  const RequestId bad = ask({{"Look: ", " Well?"}, {"PICTURE 5 !broken"}});
  const RequestId none = ask({{"Look: ", " Well?"}, {"no picture"}});
  const Outcome broken = wait(bad);
  ASSERT_TRUE(broken.error);
  EXPECT_THAT(broken.error->to_string(), HasSubstr("the fake picture broke"));
  const Outcome refused = wait(none);
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->code, ErrorCode::invalid_input);
  EXPECT_EQ(text_of(good), numbered(1).answer());
}

TEST_F(PicturesTest, WhatAPictureTakesCountsInTheContext) {
  OpenMessage message;
  message.context_tokens = 100;
  open_with_projector(message);
  const Outcome fits = wait(ask({{"", " Well?"}, {"PICTURE 45 of a cat"}}));
  ASSERT_TRUE(fits.completion);
  const Outcome wide = wait(ask({{"", " Well?"}, {"PICTURE 45 of a cat, !wide"}}));
  ASSERT_TRUE(wide.completion);
  EXPECT_EQ(wide.completion->usage.prompt_tokens, fits.completion->usage.prompt_tokens + 45);
  EXPECT_LE(wide.completion->usage.completion_tokens, 3U);
  const Outcome large = wait(ask({{"", " Well?"}, {"PICTURE 60 of a cat, !wide"}}));
  ASSERT_TRUE(large.error);
  const auto numbers = context_overflow(*large.error);
  ASSERT_TRUE(numbers);
  EXPECT_EQ(numbers->needed, 1U + 120 + 6 + 1);
}

TEST_F(PicturesTest, WaitForRoom) {
  OpenMessage message;
  message.context_tokens = 2000;
  message.memory_mib = 180;  // for less than two of them
  open_with_projector(message);
  ASSERT_FALSE(model_->settings().separate);
  std::vector<Mixed> asked;
  std::vector<RequestId> ids;
  for (int i = 0; i < 8; ++i) {
    asked.push_back({{"", " Well?"}, {"PICTURE 900 of number " + std::to_string(i) + ", !wide"}});
    ids.push_back(ask(asked.back()));
  }
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(text_of(ids[i]), asked[i].answer());
}

TEST_F(PicturesTest, AreCountedAsTheyAreRead) {
  open_with_projector();
  const Mixed mixed = numbered(4);
  engine_->submit(CountPromptMessage{{++last_, "", false}, mixed.request()});
  EXPECT_THAT(wait(last_).counts, ::testing::Optional(::testing::ElementsAre(mixed.tokens().size())));
  TextRequest outside = mixed.request();
  outside.images[0].at = outside.prompt.size() + 1;
  engine_->submit(CountPromptMessage{{++last_, "", false}, outside});
  EXPECT_TRUE(wait(last_).error);
}

TEST_F(PicturesTest, WithoutAProjectorAreRefused) {
  open();
  const Outcome outcome = wait(ask(numbered(1)));
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::invalid_input);
  EXPECT_THAT(outcome.error->to_string(), HasSubstr("projector"));
}

TEST_F(PicturesTest, AProjectorThatIsNoneIsNamed) {
  const auto llm = load_plugin(binaries() / "sluice-nn-fake.so", nullptr);
  ASSERT_TRUE(llm);
  OpenMessage message;
  message.name = "fake";
  message.path = fake_model("none", "");
  message.projector_name = "mmproj.gguf";
  const auto model = LoadedModel::open(**llm, message, {message.path, message.path, 0});
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().to_string(), HasSubstr("load the projector of the model fake from mmproj.gguf"));
}

}  // namespace sluice::nn::testing
