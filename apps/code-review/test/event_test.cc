#include "event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace review {
namespace {

using testing::HasSubstr;
using Kind = Request::Kind;

nlohmann::json webhook(const std::string& name) {
  std::ifstream in(std::string(SLUICE_SOURCE_DIR) + "/tests/data/webhooks/" + name);
  EXPECT_TRUE(in.good()) << name;
  return nlohmann::json::parse(in, nullptr, false);
}

Request read(std::string_view type, const nlohmann::json& data) {
  auto request = read_event(type, data.dump(), Settings{});
  EXPECT_TRUE(request.has_value()) << (request ? std::string() : request.error());
  return request ? *request : Request{};
}

std::string error_of(std::string_view type, std::string_view data) {
  auto request = read_event(type, data, Settings{});
  return request ? "no error" : request.error();
}

TEST(EventTest, OpenedAndChangedPullRequestsAreReviewed) {
  const nlohmann::json opened = webhook("pull_request.opened.json");
  for (const std::string action : {"opened", "reopened", "ready_for_review", "synchronize"}) {
    const Request request = read("com.github.pull_request." + action, opened);
    EXPECT_EQ(request.kind, Kind::push) << action;
    EXPECT_EQ(request.pull.owner, "Codertocat");
    EXPECT_EQ(request.pull.repo, "Hello-World");
    EXPECT_EQ(request.pull.number, 2U);
  }
  for (const std::string action : {"closed", "labeled", "edited", ""}) {
    EXPECT_EQ(read("com.github.pull_request." + action, opened).kind, Kind::ignored) << action;
  }
}

TEST(EventTest, ClosedPullRequestsAreNot) {
  nlohmann::json data = webhook("pull_request.opened.json");
  data["pull_request"]["state"] = "closed";
  const Request request = read("com.github.pull_request.synchronize", data);
  EXPECT_EQ(request.kind, Kind::ignored);
  EXPECT_THAT(request.why, HasSubstr("closed"));
}

nlohmann::json comment(const std::string& body) {
  nlohmann::json data = webhook("issue_comment.created.json");
  data["comment"]["body"] = body;
  data["issue"]["pull_request"] = {{"url", "https://api.github.com/repos/Codertocat/Hello-World/pulls/1"}};
  return data;
}

TEST(EventTest, ACommandInACommentAsksForAReview) {
  const Request request = read("com.github.issue_comment.created", comment("/review please"));
  EXPECT_EQ(request.kind, Kind::command);
  EXPECT_EQ(request.asked_by, "Codertocat");
  EXPECT_EQ(request.pull.number, 1U);
}

TEST(EventTest, CommentsThatAskForNothingAreIgnored) {
  EXPECT_THAT(read("com.github.issue_comment.created", comment("nice")).why,
              HasSubstr("does not begin with /review"));
  EXPECT_EQ(read("com.github.issue_comment.edited", comment("/review")).kind, Kind::ignored);
  nlohmann::json on_issue = comment("/review");
  on_issue["issue"].erase("pull_request");
  EXPECT_THAT(read("com.github.issue_comment.created", on_issue).why, HasSubstr("on an issue"));
  nlohmann::json closed = comment("/review");
  closed["issue"]["state"] = "closed";
  EXPECT_THAT(read("com.github.issue_comment.created", closed).why, HasSubstr("closed"));
}

TEST(EventTest, OnlyPeopleGiveCommands) {
  nlohmann::json by_bot = comment("/review");
  by_bot["comment"]["user"]["type"] = "Bot";
  EXPECT_THAT(read("com.github.issue_comment.created", by_bot).why, HasSubstr("not a person"));
  nlohmann::json sent_by_bot = comment("/review");
  sent_by_bot["sender"]["type"] = "Bot";
  EXPECT_EQ(read("com.github.issue_comment.created", sent_by_bot).kind, Kind::ignored);
  nlohmann::json unknown = comment("/review");
  unknown["sender"].erase("type");
  EXPECT_EQ(read("com.github.issue_comment.created", unknown).kind, Kind::ignored);
}

TEST(EventTest, ACommandStandsFirst) {
  EXPECT_TRUE(is_command("/review", "/review"));
  EXPECT_TRUE(is_command("\n  \r\n/Review now\r\nmore", "/review"));
  EXPECT_FALSE(is_command("/reviewers", "/review"));
  EXPECT_FALSE(is_command("please /review", "/review"));
  EXPECT_FALSE(is_command("> /review", "/review"));
  EXPECT_FALSE(is_command("text\n/review", "/review"));
  EXPECT_FALSE(is_command("", "/review"));
  EXPECT_TRUE(is_command("@bot  review", "@bot  review"));
}

TEST(EventTest, ReportsAreAskedForByTheCommandLine) {
  const Request request =
      read("sluice.review.requested", {{"owner", "local"}, {"repo", "r"}, {"number", 1}, {"format", "html"}});
  EXPECT_EQ(request.kind, Kind::report);
  EXPECT_EQ(request.format, Format::html);
  EXPECT_EQ(read("sluice.review.requested", {{"owner", "local"}, {"repo", "r"}, {"number", 1}}).format,
            Format::markdown);
}

TEST(EventTest, OtherEventsAreIgnored) {
  EXPECT_THAT(read("com.github.push", nlohmann::json::object()).why, HasSubstr("com.github.push"));
  EXPECT_EQ(read("com.github.ping", nlohmann::json::object()).kind, Kind::ignored);
}

TEST(EventTest, BrokenPayloadsAreErrorsThatSayWhatIsMissing) {
  EXPECT_THAT(error_of("com.github.pull_request.opened", "{"), HasSubstr("not a JSON object"));
  EXPECT_THAT(error_of("com.github.pull_request.opened", "[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(error_of("com.github.pull_request.opened", "{}"), HasSubstr("no repository.owner.login"));
  EXPECT_THAT(error_of("com.github.pull_request.opened",
                       R"({"repository":{"owner":{"login":"o"},"name":"r"},"pull_request":{"number":-1}})"),
              HasSubstr("no pull_request.number"));
  EXPECT_THAT(error_of("com.github.issue_comment.created", "{}"), HasSubstr("no issue"));
  EXPECT_THAT(error_of("sluice.review.requested", R"({"owner":"o","repo":"r","number":1,"format":"pdf"})"),
              HasSubstr("\"pdf\" is none of markdown, json, sarif, html"));
  EXPECT_THAT(error_of("sluice.review.requested", R"({"owner":"o","repo":"r"})"), HasSubstr("no number"));
  EXPECT_THAT(error_of("sluice.review.requested", std::string(100'000, '[')), HasSubstr("not a JSON object"));
}

}  // namespace
}  // namespace review
