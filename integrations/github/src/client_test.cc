#include "client.h"

#include <gmock/gmock.h>

#include "fake_outside.h"

namespace github {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = Problem::Kind;
using Failure = HttpFailure::Kind;

struct ClientTest : testing::Test {
  FakeOutside outside;

  Client client() {
    Outcome<Settings> settings = read_settings(outside);
    EXPECT_TRUE(settings) << settings.error().text;
    return Client(outside, settings.value_or(Settings{}));
  }
  void replies(std::vector<Reply> given) { outside.replies = std::move(given); }
};

TEST_F(ClientTest, ReadsAreTriedAgainAfterTrouble) {
  replies({failed(Failure::unreachable), failed(Failure::timeout), json_answer(502, "{}"),
           json_answer(200, "[1]")});
  EXPECT_EQ(client().get("/x")->body, "[1]");
  EXPECT_THAT(outside.sleeps_ms, ElementsAre(500, 1000, 2000));
}

TEST_F(ClientTest, ReadsGiveUpAfterTheRetriesThatAreSet) {
  outside.settings["retries"] = "1";
  replies({json_answer(503, "{}"), json_answer(503, R"({"message": "no server"})"), json_answer(200, "[]")});
  const auto answer = client().get("/x");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::unavailable);
  EXPECT_THAT(answer.error().text, HasSubstr("GET /x: 503: no server"));
  EXPECT_EQ(outside.requests.size(), 2U);
}

TEST_F(ClientTest, WritesAreNotSentAgainWhereTheyMayHaveHappened) {
  for (const Reply& trouble :
       {failed(Failure::unreachable), failed(Failure::timeout), Reply(json_answer(502, "{}"))}) {
    outside.requests.clear();
    replies({trouble, json_answer(201, "{}")});
    const auto answer = client().write("POST", "/x", "{}");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Kind::unavailable);
    EXPECT_EQ(outside.requests.size(), 1U);
  }
}

TEST_F(ClientTest, WritesAreSentAgainAfterARateLimit) {
  replies({json_answer(403, "{}", {{"retry-after", "7"}}), json_answer(201, "made")});
  EXPECT_EQ(*client().write("POST", "/x", "{}"), "made");
  EXPECT_THAT(outside.sleeps_ms, ElementsAre(7000));
}

TEST_F(ClientTest, WaitsForTheResetOfThePrimaryLimit) {
  const std::string reset = std::to_string(outside.now() + 42);
  replies({json_answer(403, "{}", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", reset}}),
           json_answer(200, "[]")});
  EXPECT_TRUE(client().get("/x"));
  EXPECT_THAT(outside.sleeps_ms, ElementsAre(42000));
}

TEST_F(ClientTest, AResetInThePastWaitsASecond) {
  replies({json_answer(429, "{}", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "5"}}),
           json_answer(200, "[]")});
  EXPECT_TRUE(client().get("/x"));
  EXPECT_THAT(outside.sleeps_ms, ElementsAre(1000));
}

TEST_F(ClientTest, ALimitWithoutTimeWaitsAMinuteThenLonger) {
  outside.settings["max-wait-seconds"] = "600";
  const auto limited = [] {
    return json_answer(403, R"({"message": "You have exceeded a secondary rate limit."})");
  };
  replies({limited(), limited(), json_answer(200, "[]")});
  EXPECT_TRUE(client().get("/x"));
  EXPECT_THAT(outside.sleeps_ms, ElementsAre(60000, 120000));
}

TEST_F(ClientTest, WaitsNoLongerThanIsSetAndSaysHowLongItWouldTake) {
  replies({json_answer(429, "{}", {{"retry-after", "40"}}), json_answer(429, "{}", {{"retry-after", "30"}})});
  const auto answer = client().get("/x");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::rate_limited);
  EXPECT_EQ(answer.error().seconds, 30U);
  EXPECT_THAT(outside.sleeps_ms, ElementsAre(40000));
}

TEST_F(ClientTest, AnOrdinary403IsNoRateLimit) {
  replies(
      {json_answer(403, R"({"message": "Resource not accessible"})", {{"x-ratelimit-remaining", "4000"}})});
  const auto answer = client().get("/x");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::forbidden);
  EXPECT_THAT(answer.error().text, HasSubstr("Resource not accessible"));
  EXPECT_THAT(outside.sleeps_ms, IsEmpty());
}

TEST_F(ClientTest, StatusesBecomeErrors) {
  const std::vector<std::pair<std::uint16_t, Kind>> expected = {
      {301, Kind::invalid},   {302, Kind::unavailable}, {304, Kind::unavailable}, {400, Kind::invalid},
      {401, Kind::forbidden}, {404, Kind::not_found},   {410, Kind::not_found},   {422, Kind::invalid},
      {451, Kind::forbidden}, {500, Kind::unavailable}, {100, Kind::unavailable}};
  outside.settings["retries"] = "0";
  for (const auto& [status, kind] : expected) {
    replies({json_answer(status, "{}")});
    const auto answer = client().get("/x");
    ASSERT_FALSE(answer) << status;
    EXPECT_EQ(answer.error().kind, kind) << status;
  }
}

TEST_F(ClientTest, RedirectsAreNotFollowedAndNamedByHostOnly) {
  replies({json_answer(302, "", {{"location", "http://10.0.0.1/secret?x=1"}})});
  const auto answer = client().get("/x");
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().text, HasSubstr("redirected to 10.0.0.1;"));
  EXPECT_EQ(outside.requests.size(), 1U);
}

TEST_F(ClientTest, WhatTheGateRefusesIsForbiddenAndNotTriedAgain) {
  replies({failed(Failure::refused, "not granted: GET")});
  const auto answer = client().get("/x");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::forbidden);
  EXPECT_THAT(answer.error().text, HasSubstr("GET /x: not granted: GET"));
}

TEST_F(ClientTest, TooLargeAnswersAreNotTriedAgain) {
  replies({failed(Failure::too_large, "too large")});
  EXPECT_EQ(client().get("/x").error().kind, Kind::unavailable);
  EXPECT_EQ(outside.requests.size(), 1U);
}

TEST_F(ClientTest, ErrorsListWhatGitHubSays) {
  replies({json_answer(422, R"({"message": "Validation Failed", "errors": ["line must be part of the diff",
      {"resource": "IssueComment", "field": "body", "code": "missing"}]})")});
  const auto answer = client().write("POST", "/x", "{}");
  EXPECT_EQ(answer.error().text,
            "POST /x: 422: Validation Failed: line must be part of the diff; IssueComment body missing");
}

TEST_F(ClientTest, ErrorsThatAreHtmlAreNotShown) {
  outside.settings["retries"] = "0";
  replies({HttpAnswer{502, {{"content-type", "text/html"}}, "<script>alert(1)</script>"}});
  EXPECT_THAT(client().get("/x").error().text, Not(HasSubstr("script")));
}

TEST_F(ClientTest, KeptAnswersAreAskedForOnACondition) {
  replies(
      {json_answer(200, "[1]", {{"etag", "W/\"a\""}, {"link", R"(<u>; rel="next")"}}), json_answer(304, "")});
  EXPECT_EQ(client().get("/x")->body, "[1]");
  const auto again = client().get("/x");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->body, "[1]");
  EXPECT_EQ(again->next, Next::some);
  EXPECT_THAT(outside.requests[1].headers, testing::Contains(testing::Pair("if-none-match", "W/\"a\"")));
}

TEST_F(ClientTest, KeptAnswersAreBounded) {
  outside.answer = [](const HttpRequest&) { return Reply(json_answer(200, "[]", {{"etag", "\"a\""}})); };
  for (int i = 0; i < 2000; ++i) EXPECT_TRUE(client().get("/x" + std::to_string(i)));
  EXPECT_LE(outside.kept.size(), etag_slots);
  outside.kept.clear();
  outside.answer = [](const HttpRequest&) {
    return Reply(json_answer(200, std::string(etag_answer_bytes_max + 1, ' '), {{"etag", "\"a\""}}));
  };
  EXPECT_TRUE(client().get("/large"));
  EXPECT_THAT(outside.kept, IsEmpty());
}

TEST_F(ClientTest, ASlotHoldsAnotherUrlsAnswer) {
  outside.answer = [](const HttpRequest&) { return Reply(json_answer(200, "[]", {{"etag", "\"a\""}})); };
  EXPECT_TRUE(client().get("/x"));
  for (auto& [key, value] : outside.kept) value.replace(0, value.find('\n'), "https://api.github.com/other");
  EXPECT_TRUE(client().get("/x"));
  for (const auto& [name, value] : outside.requests[1].headers) EXPECT_NE(name, "if-none-match") << value;
}

TEST(SettingsTest, WrongSettingsNameTheirKey) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"base-url", "ftp://x"},     {"base-url", "https://"},         {"base-url", "https://u@h"},
      {"base-url", "https://h?a"}, {"max-wait-seconds", "-1"},       {"max-wait-seconds", "1e3"},
      {"retries", "many"},         {"retry-base-ms", "99999999999"}, {"bot-login", "a b"}};
  for (const auto& [key, value] : wrong) {
    FakeOutside outside;
    outside.settings[key] = value;
    const auto settings = read_settings(outside);
    ASSERT_FALSE(settings) << key << " = " << value;
    EXPECT_EQ(settings.error().kind, Kind::invalid);
    EXPECT_THAT(settings.error().text, HasSubstr("`" + key + "`"));
  }
}

TEST(SettingsTest, TheSlashAtTheEndOfABaseUrlDoesNotMatter) {
  FakeOutside outside;
  outside.settings["base-url"] = "https://ghe.example/api/v3/";
  EXPECT_EQ(read_settings(outside)->base_url, "https://ghe.example/api/v3");
}

}  // namespace
}  // namespace github
