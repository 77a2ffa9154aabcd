#include "client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_outside.h"

namespace llm {
namespace {

using Kind = HttpFailure::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// An API whose requests and answers are their text: `cut` is a cut stream, `bad` is garbage.
class PlainApi final : public Api {
 public:
  explicit PlainApi(FakeOutside& outside) : outside_(outside) {
    settings_.base_url = "http://host";
    settings_.retry_base_ms = 100;
  }

  [[nodiscard]] const Settings& settings() const override { return settings_; }
  [[nodiscard]] Outcome<HttpRequest> write(const Request& request) override {
    if (request.messages.empty()) return std::unexpected(invalid("nothing to say"));
    return HttpRequest{settings_.base_url, {}, std::nullopt, request.messages.front().content + form_};
  }
  [[nodiscard]] std::expected<Completion, Trouble> read(const Request&, const HttpAnswer& answer) override {
    if (answer.body == "cut") return std::unexpected(Trouble{unavailable("cut"), Trouble::Again::once});
    if (answer.body == "bad") return std::unexpected(Trouble{unavailable("bad")});
    Completion completion;
    completion.message.content = answer.body;
    return completion;
  }
  [[nodiscard]] Trouble judge(const HttpAnswer& answer) override {
    return judge_status(answer, outside_.now(), answer.body, settings_);
  }
  [[nodiscard]] bool adapt(const HttpAnswer& answer) override {
    if (answer.status != 400 || answer.body != "form") return false;
    form_ += "!";
    return true;
  }

  Settings settings_;

 private:
  FakeOutside& outside_;
  std::string form_;
};

class Tries : public testing::Test {
 protected:
  Outcome<Completion> ask(const std::string& text = "hello") { return all({text}).front(); }

  std::vector<Outcome<Completion>> all(const std::vector<std::string>& texts) {
    std::vector<Request> requests;
    for (const std::string& text : texts) {
      requests.emplace_back();
      if (!text.empty()) requests.back().messages.push_back({Role::user, text, {}, {}});
    }
    return complete_all(outside, api, requests);
  }

  void reply(std::uint16_t status, std::string body = "well",
             std::vector<std::pair<std::string, std::string>> headers = {}) {
    outside.replies.emplace_back(answer_of(status, std::move(body), std::move(headers)));
  }

  FakeOutside outside;
  PlainApi api{outside};
};

TEST_F(Tries, AnswersAtOnce) {
  reply(200);
  EXPECT_EQ(ask()->message.content, "well");
  EXPECT_THAT(outside.sleeps_ms, IsEmpty());
}

TEST_F(Tries, PausesDoubleUpToTheLastTry) {
  for (int i = 0; i < 9; ++i) reply(503, "down");
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Problem::Kind::unavailable);
  EXPECT_THAT(answer.error().text, HasSubstr("503: down"));
  EXPECT_THAT(outside.sleeps_ms, ElementsAre(100, 200, 400));
}

TEST_F(Tries, NoPauseIsLongerThanHalfAMinute) {
  api.settings_.retries = 20;
  api.settings_.retry_base_ms = 20'000;
  api.settings_.max_wait_seconds = 1000;
  for (int i = 0; i < 21; ++i) reply(500);
  EXPECT_FALSE(ask());
  EXPECT_EQ(outside.sleeps_ms[0], 20'000U);
  EXPECT_EQ(outside.sleeps_ms[19], 30'000U);
}

TEST_F(Tries, WaitsAsLongAsItIsTold) {
  reply(429, "", {{"retry-after", "7"}});
  reply(503, "", {{"retry-after-ms", "20"}});
  reply(429, "", {{"retry-after", "0"}});
  reply(200);
  EXPECT_TRUE(ask());
  EXPECT_THAT(outside.sleeps_ms, ElementsAre(7000, 20, 1));
}

TEST_F(Tries, AllWaitingStaysWithinTheLimit) {
  api.settings_.max_wait_seconds = 10;
  reply(429, "", {{"retry-after", "7"}});
  reply(429, "", {{"retry-after", "4"}});
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Problem::Kind::rate_limited);
  EXPECT_EQ(answer.error().seconds, 4U);
  EXPECT_THAT(outside.sleeps_ms, ElementsAre(7000));
}

TEST_F(Tries, ARateLimitThatNamesNoTime) {
  api.settings_.retries = 0;
  reply(429);
  EXPECT_EQ(ask().error().seconds, 0U);
}

TEST_F(Tries, WhatMayHaveBeenCarriedOutIsSentOnceMore) {
  for (int i = 0; i < 3; ++i) outside.replies.push_back(failed(Kind::unreachable, "connection reset"));
  EXPECT_THAT(ask().error().text, HasSubstr("connection reset"));
  EXPECT_EQ(outside.requests.size(), 2U);
  outside.replies.clear();
  outside.requests.clear();
  for (int i = 0; i < 3; ++i) reply(200, "cut");
  EXPECT_EQ(ask().error().text, "cut");
  EXPECT_EQ(outside.requests.size(), 2U);
}

TEST_F(Tries, WhatIsNeverSentAgain) {
  const std::pair<HttpOutcome, Problem::Kind> cases[] = {
      {failed(Kind::timeout), Problem::Kind::timeout},
      {failed(Kind::refused), Problem::Kind::refused},
      {failed(Kind::too_large), Problem::Kind::unavailable},
      {failed(Kind::malformed), Problem::Kind::unavailable},
      {answer_of(200, "bad"), Problem::Kind::unavailable},
      {answer_of(400, "no"), Problem::Kind::invalid},
      {answer_of(401, "no"), Problem::Kind::refused},
      {answer_of(403, "no"), Problem::Kind::refused},
      {answer_of(404, "no"), Problem::Kind::invalid},
      {answer_of(413, "no"), Problem::Kind::context_too_long},
      {answer_of(302, ""), Problem::Kind::invalid},
      {answer_of(204, ""), Problem::Kind::unavailable}};
  for (const auto& [outcome, kind] : cases) {
    outside.replies = {outcome};
    outside.requests.clear();
    const auto answer = ask();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, kind) << answer.error().text;
    EXPECT_EQ(outside.requests.size(), 1U);
  }
  EXPECT_THAT(outside.sleeps_ms, IsEmpty());
}

TEST_F(Tries, WhereTheKeyIsSetIsTold) {
  const auto told = [](const std::string& header, const std::string& source) {
    Settings settings;
    settings.key_header = header;
    settings.key_source = source;
    return judge_status({.status = 401, .headers = {}, .body = {}}, 0, "no", settings).problem.text;
  };
  EXPECT_THAT(told("authorization", ""), HasSubstr("check the secret `key`"));
  EXPECT_THAT(told("", ""), HasSubstr("set `key-header` and the secret `key`"));
  EXPECT_THAT(told("authorization", "SLUICE_LLM_KEY"), HasSubstr("check the key in SLUICE_LLM_KEY"));
  EXPECT_THAT(told("", "SLUICE_LLM_KEY"), HasSubstr("set the key in SLUICE_LLM_KEY if"));
}

TEST_F(Tries, OnlyWhatFailedIsSentAgainTogether) {
  std::map<std::string, int> asked;
  outside.answer = [&](const HttpRequest& request) -> HttpOutcome {
    const int before = asked[request.body]++;
    if (request.body == "b" && before == 0) return answer_of(500, "");
    if (request.body == "c" && before < 2) return answer_of(429, "", {{"retry-after", "2"}});
    if (request.body == "d") return answer_of(400, "no");
    return answer_of(200, "to " + request.body);
  };
  const auto answers = all({"a", "b", "c", "d", "", "e"});
  EXPECT_THAT(outside.rounds, ElementsAre(5, 2, 1));
  EXPECT_THAT(outside.sleeps_ms, ElementsAre(2000, 2000));
  EXPECT_EQ(answers[1]->message.content, "to b");
  EXPECT_EQ(answers[2]->message.content, "to c");
  EXPECT_EQ(answers[3].error().kind, Problem::Kind::invalid);
  EXPECT_EQ(answers[4].error().text, "nothing to say");
  EXPECT_EQ(answers[5]->message.content, "to e");
}

TEST_F(Tries, AnotherFormIsTriedAtOnceAndNotForEver) {
  reply(400, "form");
  reply(200);
  EXPECT_TRUE(ask());
  EXPECT_EQ(outside.requests.back().body, "hello!");
  EXPECT_THAT(outside.sleeps_ms, IsEmpty());
  outside.requests.clear();
  for (int i = 0; i < 9; ++i) reply(400, "form");
  EXPECT_EQ(ask().error().kind, Problem::Kind::invalid);
  EXPECT_EQ(outside.requests.size(), 4U);
}

TEST_F(Tries, UsageIsEstimatedWhereItIsNotToldAndCosts) {
  api.settings_.prices = Prices{1'000'000, 1'000'000, 2'000'000};
  reply(200, "word word");
  const auto answer = ask("word");
  ASSERT_TRUE(answer && answer->usage);
  EXPECT_EQ(answer->usage->prompt_tokens, 1U);
  EXPECT_EQ(answer->usage->completion_tokens, 2U);
  EXPECT_EQ(answer->usage->cost_micros, 5U);
}

TEST_F(Tries, ARedirectNamesTheHostAlone) {
  reply(307, "", {{"location", "https://other.example/path?secret=1"}});
  const std::string text = ask().error().text;
  EXPECT_THAT(text, HasSubstr("other.example"));
  EXPECT_THAT(text, testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace llm
