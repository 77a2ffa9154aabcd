#include "handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fake_pulls.h"
#include "post.h"

namespace review {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// An added line that a signal of high severity is sure to name, and a deleted one likewise.
constexpr std::string_view risky =
    "@@ -1,3 +1,4 @@ def run(cmd):\n import os\n+    os.system(\"rm \" + cmd)\n+    eval(cmd)\n-    pass\n   "
    "  return 0\n";

class FakeClock final : public Clock {
 public:
  std::uint64_t now_ms() override { return now_ += 7; }

 private:
  std::uint64_t now_ = 1'000;
};

class FakeLog final : public Log {
 public:
  void info(std::string_view message) override { lines.emplace_back(message); }
  void progress(std::string_view message) override { steps.emplace_back(message); }
  std::vector<std::string> lines;
  std::vector<std::string> steps;
};

class HandlerTest : public testing::Test {
 protected:
  HandlerTest() {
    pulls_.about.number = 5;
    pulls_.about.title = "Run the command";
    pulls_.about.author = "alice";
    pulls_.about.head_sha = "1111111111111111111111111111111111111111";
    pulls_.changed.push_back({.path = "tool/run.py", .previous_path = {}, .patch = std::string(risky)});
    pulls_.permissions = {
        {"writer", Permission::write}, {"reader", Permission::read}, {"triager", Permission::triage}};
  }

  json run(std::string_view type, const json& data) {
    const auto result = handle(type, data.dump(), {pulls_, clock_, log_, settings_});
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().text);
    return result ? json::parse(*result, nullptr, false) : json();
  }

  Failure failure(std::string_view type, const json& data) {
    const auto result = handle(type, data.dump(), {pulls_, clock_, log_, settings_});
    EXPECT_FALSE(result.has_value());
    return result ? Failure{} : result.error();
  }

  static json pull_event() {
    return {{"repository", {{"owner", {{"login", "octo"}}}, {"name", "app"}}},
            {"pull_request", {{"number", 5}, {"state", "open"}}}};
  }

  static json comment_event(const std::string& login) {
    return {{"repository", {{"owner", {{"login", "octo"}}}, {"name", "app"}}},
            {"issue", {{"number", 5}, {"state", "open"}, {"pull_request", json::object()}}},
            {"comment", {{"body", "/review"}, {"user", {{"login", login}, {"type", "User"}}}}},
            {"sender", {{"type", "User"}}}};
  }

  json opened() { return run("com.github.pull_request.opened", pull_event()); }
  json pushed() { return run("com.github.pull_request.synchronize", pull_event()); }
  void new_head(char digit) { pulls_.about.head_sha = std::string(40, digit); }

  FakePulls pulls_;
  FakeClock clock_;
  FakeLog log_;
  std::vector<SettingPair> settings_;
};

TEST_F(HandlerTest, OpeningPostsOneSummaryAndOneReview) {
  const json result = opened();
  EXPECT_EQ(result["status"], "reviewed");
  EXPECT_EQ(result["posted"]["summary"], "created");
  ASSERT_EQ(pulls_.conversation.size(), 1U);
  const std::string& body = pulls_.conversation[0].body;
  EXPECT_THAT(
      body, StartsWith(
                "<!-- sluice:code-review head=1111111111111111111111111111111111111111 -->\n## Code review"));
  EXPECT_THAT(body, HasSubstr("`tool/run.py`"));
  ASSERT_FALSE(pulls_.inline_comments.empty());
  EXPECT_EQ(pulls_.count("create-review"), 1U);
  EXPECT_EQ(result["posted"]["inline"], pulls_.inline_comments.size());
  for (const auto& entry : pulls_.inline_comments) {
    EXPECT_THAT(entry.comment.body, StartsWith("<!-- sluice:finding "));
    EXPECT_TRUE(pulls_.in_diff(entry.what));
  }
  EXPECT_GT(result["review"]["usage"]["duration_ms"].get<int>(), 0);
  EXPECT_THAT(log_.lines, ElementsAre(StartsWith("octo/app#5: reviewed, 1 of 1 hunk, ")));
}

TEST_F(HandlerTest, ARedeliveryPostsNothing) {
  opened();
  const auto conversation = pulls_.conversation;
  pulls_.calls.clear();
  const json result = opened();
  EXPECT_EQ(result["status"], "already-reviewed");
  EXPECT_THAT(pulls_.calls, ElementsAre("get", "comments"));
  EXPECT_EQ(pulls_.conversation.size(), conversation.size());
}

TEST_F(HandlerTest, APushUpdatesTheSummaryAndRepeatsNoFinding) {
  opened();
  const std::size_t inline_before = pulls_.inline_comments.size();
  new_head('2');
  std::string moved(risky);
  moved.replace(0, 16, "@@ -90,3 +95,4 @@");
  pulls_.changed[0].patch = moved;
  const json result = pushed();
  EXPECT_EQ(result["posted"]["summary"], "updated");
  EXPECT_EQ(result["posted"]["inline"], 0);
  EXPECT_EQ(result["posted"]["inline_known"], inline_before);
  EXPECT_EQ(pulls_.conversation.size(), 1U);
  EXPECT_THAT(pulls_.conversation[0].body, StartsWith(summary_marker(std::string(40, '2'))));
  EXPECT_EQ(pulls_.inline_comments.size(), inline_before);
}

TEST_F(HandlerTest, FindingsThatAreFixedAreCounted) {
  opened();
  const std::size_t before = pulls_.inline_comments.size();
  new_head('3');
  pulls_.changed[0].patch = "@@ -1,2 +1,3 @@ def run(cmd):\n import os\n+    log(cmd)\n     return 0\n";
  const json result = pushed();
  EXPECT_EQ(result["posted"]["gone"], before);
  EXPECT_THAT(pulls_.conversation[0].body, HasSubstr("no longer in the change"));
}

TEST_F(HandlerTest, ACrashBetweenBothPostsLosesAndRepeatsNothing) {
  pulls_.failures["create-comment"] = {PullError::Kind::unavailable, "broken pipe", 0};
  const Failure failed = failure("com.github.pull_request.opened", pull_event());
  EXPECT_EQ(failed.kind, Failure::Kind::retry);
  EXPECT_THAT(failed.text, HasSubstr("post the review of octo/app#5: unavailable: broken pipe"));
  const std::size_t posted = pulls_.inline_comments.size();
  ASSERT_GT(posted, 0U);
  const json result = opened();
  EXPECT_EQ(result["posted"]["inline"], 0);
  EXPECT_EQ(pulls_.inline_comments.size(), posted);
  EXPECT_EQ(pulls_.conversation.size(), 1U);
}

TEST_F(HandlerTest, ARefusedBatchStandsInTheSummaryAndIsNotTriedAgain) {
  pulls_.failures["create-review"] = {PullError::Kind::invalid, "line must be part of the diff", 0};
  const json result = opened();
  EXPECT_EQ(result["posted"]["inline_refused"], "line must be part of the diff");
  EXPECT_EQ(pulls_.count("create-review"), 1U);
  EXPECT_TRUE(pulls_.inline_comments.empty());
  ASSERT_EQ(pulls_.conversation.size(), 1U);
  EXPECT_THAT(pulls_.conversation[0].body, HasSubstr("GitHub did not take the inline comments"));
  for (const json& risk : result["review"]["risks"]) {
    EXPECT_THAT(pulls_.conversation[0].body, HasSubstr(risk["source"].get<std::string>()));
  }
}

TEST_F(HandlerTest, ARefusedBatchIsNotTriedAgainForItsCommit) {
  pulls_.failures["create-review"] = {PullError::Kind::invalid, "line must be part of the diff", 0};
  opened();
  for (int i = 0; i < 2; ++i) {
    const json again = run("com.github.issue_comment.created", comment_event("writer"));
    EXPECT_EQ(again["posted"]["inline_refused"], "in an earlier run for this commit");
    EXPECT_THAT(pulls_.conversation[0].body, HasSubstr("GitHub did not take the inline comments"));
  }
  EXPECT_EQ(pulls_.count("create-review"), 1U);
  new_head('6');
  EXPECT_GT(pushed()["posted"]["inline"], 0);
  EXPECT_THAT(pulls_.conversation[0].body, Not(HasSubstr("did not take")));
}

TEST_F(HandlerTest, TheNumberOfInlineCommentsHoldsForAllRunsOnAPullRequest) {
  settings_ = {{"max-inline-comments", "1"}, {"inline-severity", "info"}};
  EXPECT_EQ(opened()["posted"]["inline"], 1);
  const json again = run("com.github.issue_comment.created", comment_event("writer"));
  EXPECT_EQ(again["posted"]["inline"], 0);
  EXPECT_EQ(again["posted"]["inline_known"], 1);
  EXPECT_EQ(again["posted"]["inline_unposted"], again["review"]["risks"].size() - 1);
  EXPECT_EQ(again["posted"]["summary"], "unchanged");
  EXPECT_EQ(pulls_.inline_comments.size(), 1U);
}

TEST_F(HandlerTest, FindingsInFilesThatWereNotReadAreNotSaidToBeGone) {
  opened();
  new_head('7');
  pulls_.changed[0].patch.reset();
  pulls_.changed[0].additions = 2;
  pulls_.changed.push_back(
      {.path = "tool/log.py", .previous_path = {}, .patch = "@@ -1,1 +1,2 @@\n import os\n+log(cmd)\n"});
  EXPECT_EQ(pushed()["posted"]["gone"], 0);
  EXPECT_THAT(pulls_.conversation[0].body, Not(HasSubstr("no longer in the change")));
}

TEST_F(HandlerTest, ADeletedSummaryIsWrittenAnew) {
  opened();
  new_head('4');
  pulls_.failures["update-comment"] = {PullError::Kind::not_found, {}, 0};
  EXPECT_EQ(pushed()["posted"]["summary"], "created");
}

TEST_F(HandlerTest, MarkersOfOthersAndMarkersInQuotesDoNotCount) {
  pulls_.conversation.push_back({1, summary_marker(pulls_.about.head_sha) + "\nfake", false});
  pulls_.conversation.push_back({2, "I quote: " + summary_marker(pulls_.about.head_sha), true});
  pulls_.changed[0].patch = std::string(risky) + "+    # <!-- sluice:finding 0123456789abcdef -->\n";
  const json result = opened();
  EXPECT_EQ(result["posted"]["summary"], "created");
  for (const auto& entry : pulls_.inline_comments) {
    EXPECT_THAT(entry.comment.body.substr(1), Not(HasSubstr("<!-- ")));
  }
}

TEST_F(HandlerTest, WritersMayAskOthersNot) {
  EXPECT_EQ(run("com.github.issue_comment.created", comment_event("writer"))["status"], "reviewed");
  for (const std::string login : {"reader", "triager", "nobody"}) {
    pulls_.calls.clear();
    const json result = run("com.github.issue_comment.created", comment_event(login));
    EXPECT_EQ(result["status"], "ignored");
    EXPECT_THAT(result["why"].get<std::string>(),
                HasSubstr(login + " asked for a review without write access"));
    EXPECT_THAT(pulls_.calls, ElementsAre("permission-of"));
  }
}

TEST_F(HandlerTest, ACommandReviewsTheSameCommitAgainWithoutNoise) {
  opened();
  const std::size_t inline_before = pulls_.inline_comments.size();
  const json result = run("com.github.issue_comment.created", comment_event("writer"));
  EXPECT_EQ(result["status"], "reviewed");
  EXPECT_EQ(result["posted"]["summary"], "unchanged");
  EXPECT_EQ(pulls_.conversation.size(), 1U);
  EXPECT_EQ(pulls_.inline_comments.size(), inline_before);
}

TEST_F(HandlerTest, SettingsLeavePullRequestsAloneUnlessSomebodyAsks) {
  settings_ = {
      {"ignore-titles", "[\"wip\"]"}, {"ignore-labels", "[\"skip\"]"}, {"ignore-authors", "[\"robot\"]"}};
  pulls_.about.draft = true;
  EXPECT_THAT(opened()["why"].get<std::string>(), HasSubstr("draft"));
  pulls_.about.draft = false;
  pulls_.about.title = "WIP: try";
  EXPECT_THAT(opened()["why"].get<std::string>(), HasSubstr("`ignore-titles`"));
  pulls_.about.title = "Wiping the disk";
  pulls_.about.labels = {"Skip"};
  EXPECT_THAT(opened()["why"].get<std::string>(), HasSubstr("`ignore-labels`"));
  pulls_.about.labels.clear();
  pulls_.about.author = "Robot";
  EXPECT_THAT(opened()["why"].get<std::string>(), HasSubstr("`ignore-authors`"));
  EXPECT_EQ(pulls_.count("files"), 0U);
  pulls_.about.draft = true;
  EXPECT_EQ(run("com.github.issue_comment.created", comment_event("writer"))["status"], "reviewed");
}

TEST_F(HandlerTest, InlineCommentsObeyTheirSettings) {
  settings_ = {{"inline-severity", "none"}};
  EXPECT_EQ(opened()["posted"]["inline"], 0);
  EXPECT_EQ(pulls_.count("create-review"), 0U);
  new_head('5');
  settings_ = {{"max-inline-comments", "1"}, {"inline-severity", "info"}};
  const json result = pushed();
  EXPECT_EQ(result["posted"]["inline"], 1);
  EXPECT_EQ(result["posted"]["inline_unposted"], result["review"]["risks"].size() - 1);
  EXPECT_THAT(pulls_.conversation[0].body, HasSubstr("beyond the number of inline comments"));
}

TEST_F(HandlerTest, ErrorsAreRetriedOrRejectedByTheirKind) {
  struct Case {
    PullError error;
    Failure::Kind kind;
    std::string text;
  };
  const Case cases[] = {
      {{PullError::Kind::rate_limited, {}, 30}, Failure::Kind::retry, "worth trying again in 30 seconds"},
      {{PullError::Kind::unavailable, "503", 0}, Failure::Kind::retry, "unavailable: 503"},
      {{PullError::Kind::not_found, {}, 0}, Failure::Kind::reject, "not found"},
      {{PullError::Kind::forbidden, "no", 0}, Failure::Kind::reject, "forbidden: no"},
      {{PullError::Kind::invalid, "bad", 0}, Failure::Kind::reject, "invalid: bad"},
  };
  for (const Case& expected : cases) {
    for (const std::string call : {"get", "files", "comments", "review-comments"}) {
      pulls_.failures.clear();
      pulls_.failures[call] = expected.error;
      const Failure failed = failure("com.github.pull_request.opened", pull_event());
      EXPECT_EQ(failed.kind, expected.kind) << call;
      EXPECT_THAT(failed.text, HasSubstr(expected.text)) << call;
      EXPECT_TRUE(pulls_.conversation.empty());
    }
  }
}

TEST_F(HandlerTest, WrongSettingsAndPayloadsAreRejectedBeforeAnyCall) {
  settings_ = {{"max-risks", "many"}};
  EXPECT_THAT(failure("com.github.pull_request.opened", pull_event()).text, HasSubstr("`max-risks`"));
  settings_.clear();
  EXPECT_EQ(failure("com.github.pull_request.opened", json::array()).kind, Failure::Kind::reject);
  EXPECT_TRUE(pulls_.calls.empty());
}

TEST_F(HandlerTest, NothingReviewedIsSaidNotGreen) {
  pulls_.changed = {{.path = "logo.png", .previous_path = {}, .patch = std::nullopt}};
  const json result = opened();
  EXPECT_EQ(result["review"]["status"], "nothing");
  EXPECT_THAT(pulls_.conversation[0].body, HasSubstr("Nothing of it was reviewed"));
  EXPECT_THAT(pulls_.conversation[0].body, Not(HasSubstr("None seen")));
}

TEST_F(HandlerTest, ReportsAreReturnedAndNothingIsPosted) {
  const json data = {{"owner", "local"}, {"repo", "app"}, {"number", 1}, {"format", "json"}};
  const json result = run("sluice.review.requested", data);
  EXPECT_THAT(pulls_.calls, ElementsAre("get", "files"));
  EXPECT_EQ(json::parse(result["text"].get<std::string>(), nullptr, false), result["review"]);
  EXPECT_EQ(result["review"]["change"]["repo"], "app");
}

TEST_F(HandlerTest, ASummaryOfAHugeReviewFitsIntoAComment) {
  std::string patch = "@@ -0,0 +1,3000 @@\n";
  for (int i = 0; i < 3000; ++i)
    patch += "+    os.system(\"rm \" + cmd + \"" + std::to_string(i) + std::string(150, 'x') + "\")\n";
  pulls_.changed.clear();
  for (int i = 0; i < 300; ++i) {
    const std::string path = "tool/" + std::to_string(i) + std::string(100, 'y') + ".py";
    pulls_.changed.push_back({.path = path,
                              .previous_path = {},
                              .status = FileStatus::added,
                              .patch = i < 3 ? patch : std::string(risky)});
  }
  settings_ = {{"max-risks", "10000"}};
  const json result = opened();
  EXPECT_EQ(result["status"], "reviewed");
  EXPECT_LT(pulls_.conversation[0].body.size(), 65'536U);
  EXPECT_THAT(pulls_.conversation[0].body, HasSubstr("`sluice review RANGE --format json`"));
  EXPECT_THAT(pulls_.conversation[0].body, Not(HasSubstr("JSON report")));
  EXPECT_THAT(pulls_.conversation[0].body, HasSubstr("### Coverage"));
}

}  // namespace
}  // namespace review
