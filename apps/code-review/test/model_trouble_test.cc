// What goes wrong with models, and what the coverage then says.
#include "model_fixture.h"

namespace review {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class Trouble : public ModelTest {
 protected:
  Trouble() { add_file("run.py", "@@ -1,1 +1,2 @@\n import os\n+eval(text)\n"); }

  // All the signals found is there, whatever the model did.
  void expect_signals(const json& report) {
    ASSERT_FALSE(report["risks"].empty());
    EXPECT_EQ(report["risks"][0]["source"], "signal:code-evaluated");
  }
};

TEST_F(Trouble, InvalidJsonIsAskedForOnceAgain) {
  for (const std::string_view wrong : {"", "I found nothing.", "{\"findings\": [", "[]", "{\"findings\": {}}",
                                       "{\"findings\": [{\"file\": 1}]}",
                                       "{\"findings\": [{\"file\": \"run.py\", \"quote\": \"eval(text)\", "
                                       "\"severity\": \"awful\", \"why\": \"x\", "
                                       "\"action\": \"y\"}]}"}) {
    int calls = 0;
    model_.requests.clear();
    model_.find = [&](const ModelRequest& request) {
      if (calls++ == 0) return FakeModel::says(std::string(wrong));
      EXPECT_THAT(request.user, HasSubstr("Your last answer "));
      return FakeModel::says(FakeModel::finding("run.py", "eval(text)"));
    };
    const json report = review();
    EXPECT_EQ(model_.asked("FIND"), 2U) << wrong;
    EXPECT_EQ(report["risks"][0]["also"], json({"model:fake"})) << wrong;
    EXPECT_THAT(unread_reasons(report), IsEmpty()) << wrong;
  }
}

TEST_F(Trouble, InvalidJsonTwiceIsInTheCoverage) {
  model_.find = [](const ModelRequest&) {
    return FakeModel::says("{\"findings\": [", ModelAnswer::End::cut);
  };
  const json report = review();
  EXPECT_EQ(model_.asked("FIND"), 2U);
  EXPECT_THAT(unread_reasons(report), ElementsAre("its answer was cut at its most tokens, twice"));
  EXPECT_EQ(report["status"], "partial");
  EXPECT_EQ(model_.asked("SUMMARISE"), 0U);
  expect_signals(report);
}

TEST_F(Trouble, TooManyFindingsAreNoAnswer) {
  json list = json::array();
  for (int i = 0; i < 9; ++i)
    list.push_back(json::parse(FakeModel::finding("run.py", "eval(text)"))["findings"][0]);
  model_.find = [answer = json{{"findings", list}}.dump()](const ModelRequest&) {
    return FakeModel::says(answer);
  };
  EXPECT_THAT(unread_reasons(review()), ElementsAre(HasSubstr("had more than ")));
}

TEST_F(Trouble, AModelThatFailsLeavesTheSignals) {
  for (const auto& [kind, words] : {std::pair{ModelError::Kind::unavailable, "did not answer"},
                                    {ModelError::Kind::timeout, "took too long"},
                                    {ModelError::Kind::refused, "was refused"},
                                    {ModelError::Kind::invalid, "takes no such request"},
                                    {ModelError::Kind::rate_limited, "wants fewer requests"},
                                    {ModelError::Kind::context_too_long, "context is too short"}}) {
    model_.find = [kind = kind](const ModelRequest&) { return FakeModel::fails(kind); };
    const json report = review();
    EXPECT_THAT(unread_reasons(report), Each(HasSubstr(words)));
    EXPECT_THAT(unread_reasons(report), SizeIs(1));
    EXPECT_EQ(report["status"], "partial");
    expect_signals(report);
  }
}

TEST_F(Trouble, AModelThatCannotBeDescribedLeavesTheSignals) {
  model_.broken = ModelError{ModelError::Kind::unavailable, "connection refused", 0};
  const json all = answer();
  EXPECT_THAT(unread_reasons(all["review"]), ElementsAre("the model did not answer: connection refused"));
  EXPECT_EQ(all["review"]["status"], "partial");
  expect_signals(all["review"]);
  EXPECT_THAT(all["text"].get<std::string>(), AllOf(HasSubstr("No model read it: the model did not answer"),
                                                    HasSubstr("the model could not be asked, 0 tokens")));
}

TEST_F(Trouble, AnEndpointThatIsDownIsAskedOneWaveOnly) {
  for (int i = 0; i < 30; ++i) add_large_file("src/part" + std::to_string(i) + ".py", 200);
  model_.plan = [](const ModelRequest&) { return FakeModel::says(R"({"first": []})"); };
  model_.find = [](const ModelRequest&) { return FakeModel::fails(ModelError::Kind::timeout); };
  const json report = review();
  EXPECT_THAT(model_.waves, ElementsAre(1U, 8U));
  EXPECT_THAT(unread_reasons(report), SizeIs(31));
  EXPECT_EQ(report["model"]["hunks_reviewed"], 0);
}

TEST_F(Trouble, AModelThatNeverAnsweredHasNoPartInTheReview) {
  model_.find = [](const ModelRequest&) { return FakeModel::fails(ModelError::Kind::timeout); };
  EXPECT_THAT(answer()["text"].get<std::string>(),
              HasSubstr("by signals alone: the model `fake` did not answer: "));
}

TEST_F(Trouble, CapsStopTheCallsAndListTheRest) {
  for (int i = 0; i < 30; ++i) add_large_file("src/part" + std::to_string(i) + ".py", 200);
  for (const auto& [key, value] : {std::pair{"model-max-calls", "5"}, {"model-max-tokens", "40000"}}) {
    settings_ = {{key, value}};
    model_.requests.clear();
    model_.find = [&](const ModelRequest& request) {
      ModelAnswer answer = *FakeModel::says(R"({"findings": []})");
      answer.prompt_tokens = model_.tokens_in(request.system) + model_.tokens_in(request.user);
      return ModelResult<ModelAnswer>(answer);
    };
    const json report = review();
    EXPECT_THAT(unread_reasons(report), Not(IsEmpty())) << key;
    EXPECT_THAT(unread_reasons(report), Each(HasSubstr(key)));
    EXPECT_EQ(report["status"], "partial");
    EXPECT_GT(report["model"]["hunks_reviewed"].get<int>(), 0) << key;
    EXPECT_LE(report["usage"]["input_tokens"].get<int>() + report["usage"]["output_tokens"].get<int>(),
              40'000);
    if (std::string_view(key) == "model-max-calls") {
      EXPECT_EQ(model_.requests.size(), 5U);
    }
  }
}

TEST_F(Trouble, CostAndTimeAreCaps) {
  for (int i = 0; i < 30; ++i) add_large_file("src/part" + std::to_string(i) + ".py", 200);
  model_.find = [](const ModelRequest&) {
    ModelAnswer answer = *FakeModel::says(R"({"findings": []})");
    answer.cost_micros = 10'000;
    return ModelResult<ModelAnswer>(answer);
  };
  settings_ = {{"model-max-cost", "0.05"}};
  json report = review();
  EXPECT_THAT(unread_reasons(report), Each(HasSubstr("model-max-cost")));
  EXPECT_THAT(unread_reasons(report), Not(IsEmpty()));
  EXPECT_LE(report["usage"]["cost_micros"].get<int>(), 80'000);  // those of one wave come together
  settings_ = {{"model-timeout-s", "2"}};
  clock_.step = 400;
  report = review();
  EXPECT_THAT(unread_reasons(report), Not(IsEmpty()));
  EXPECT_THAT(unread_reasons(report), Each(HasSubstr("model-timeout-s")));
}

TEST_F(Trouble, ATinyContextIsSaidWithItsNumbers) {
  model_.info.context_tokens = 512;
  EXPECT_THAT(unread_reasons(review()), ElementsAre(HasSubstr("of a context of 512, and the smallest has ")));
  EXPECT_THAT(model_.requests, IsEmpty());
}

// A provider that only estimates may say that a prompt fits which doesn't.
TEST_F(Trouble, PromptsThatTurnOutTooLongAreHalved) {
  add_large_file("src/a.py", 1'000);
  model_.info.context_tokens = 0;
  model_.find = [&](const ModelRequest& request) {
    if (request.user.size() > 9'000) return FakeModel::fails(ModelError::Kind::context_too_long);
    return FakeModel::says(R"({"findings": []})");
  };
  const json report = review();
  EXPECT_THAT(unread_reasons(report), IsEmpty());
  EXPECT_GT(model_.asked("FIND"), 3U);
}

TEST_F(Trouble, ALineThatFitsNoContextIsListed) {
  add_file("src/long.py", "@@ -1,1 +1,2 @@\n x = 1\n+y = \"" + std::string(9'000, 'x') + "\"\n");
  model_.info.context_tokens = 2'600;
  const json report = review();
  EXPECT_THAT(unread_reasons(report), ElementsAre("one of its lines is longer than the model's context"));
}

}  // namespace
}  // namespace review
