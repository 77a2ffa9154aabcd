#include "pulls.h"

#include <gmock/gmock.h>

#include "fake_outside.h"

namespace github {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = Problem::Kind;

constexpr const char* pull_json = R"({"number": 7, "title": "t", "body": "b", "user": {"login": "octocat"},
  "draft": true, "labels": [{"name": "bug"}, {"name": "ui"}], "base": {"sha": "b1", "ref": "main"},
  "head": {"sha": "a1", "ref": "topic"}, "html_url": "https://github.com/o/r/pull/7"})";
constexpr const char* sha = "0123456789012345678901234567890123456789";

std::string files_json(int count) {
  std::string json = "[";
  for (int i = 0; i < count; ++i) {
    json += (i == 0 ? "" : ",") + std::string(R"({"filename": "f)") + std::to_string(i) +
            R"(", "status": "modified", "additions": 1, "deletions": 2, "patch": "@@ -1 +1 @@"})";
  }
  return json + "]";
}

struct PullsTest : testing::Test {
  FakeOutside outside;

  Pulls pulls() {
    auto opened = Pulls::open(outside, "o", "r", 7);
    EXPECT_TRUE(opened) << opened.error().text;
    return std::move(*opened);
  }
  void replies(std::vector<Reply> given) { outside.replies = std::move(given); }
  std::vector<std::string> urls() const {
    std::vector<std::string> all;
    for (const HttpRequest& request : outside.requests) all.push_back(request.method + " " + request.url);
    return all;
  }
};

TEST_F(PullsTest, Get) {
  replies({json_answer(200, pull_json)});
  const auto pull = pulls().get();
  ASSERT_TRUE(pull) << pull.error().text;
  EXPECT_EQ(pull->title, "t");
  EXPECT_EQ(pull->author, "octocat");
  EXPECT_TRUE(pull->draft);
  EXPECT_THAT(pull->labels, ElementsAre("bug", "ui"));
  EXPECT_EQ(pull->head_sha, "a1");
  EXPECT_THAT(urls(), ElementsAre("GET https://api.github.com/repos/o/r/pulls/7"));
}

TEST_F(PullsTest, NothingIsSentForBadNames) {
  EXPECT_EQ(Pulls::open(outside, "o/..", "r", 7).error().kind, Kind::invalid);
  EXPECT_EQ(pulls().content("../x", "main").error().kind, Kind::invalid);
  EXPECT_EQ(pulls().content("x", "a b").error().kind, Kind::invalid);
  EXPECT_EQ(pulls().compare("main", sha).error().kind, Kind::invalid);
  EXPECT_EQ(pulls().permission_of("a/b").error().kind, Kind::invalid);
  EXPECT_EQ(pulls().create_review("HEAD", "b", {}).error().kind, Kind::invalid);
  EXPECT_EQ(pulls().create_review(sha, "", {}).error().kind, Kind::invalid);
  EXPECT_EQ(pulls().create_comment(std::string(65537, 'x')).error().kind, Kind::invalid);
  EXPECT_THAT(outside.requests, IsEmpty());
}

TEST_F(PullsTest, WhatGitHubLeavesOutIsTolerated) {
  replies({json_answer(200, R"({"number": 7, "title": "t", "body": null, "user": null,
                               "base": {"sha": "b", "ref": "m", "repo": null},
                               "head": {"sha": "a", "ref": "t", "repo": null, "user": null}})")});
  const auto pull = pulls().get();
  ASSERT_TRUE(pull) << pull.error().text;
  EXPECT_EQ(pull->body, "");
  EXPECT_EQ(pull->author, "ghost");
}

TEST_F(PullsTest, WrongTypesAreNamed) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"[]", "`number`: expected a whole number, found nothing"},
      {R"({"number": "7"})", "`number`: expected a whole number, found string"},
      {R"({"number": 7, "title": 1})", "`title`: expected text, found number"},
      {R"({"number": 7, "title": "t", "user": []})", "`user`: expected an object, found array"},
      {R"({"number": 7, "title": "t", "labels": {}})", "`labels`: expected a list, found object"},
      {R"({"number": 7, "title": "t", "labels": [1]})", "`labels/0/name`: expected text, found nothing"},
      {R"({"number": 7, "title": "t", "base": {"sha": {}}})", "`base/sha`: expected text, found object"},
      {R"({"number": 4294967296})", "`number`: expected a number below 2^32, found number"}};
  for (const auto& [body, says] : wrong) {
    replies({json_answer(200, body)});
    const auto pull = pulls().get();
    ASSERT_FALSE(pull) << body;
    EXPECT_EQ(pull.error().kind, Kind::unavailable);
    EXPECT_THAT(pull.error().text, HasSubstr(says));
  }
}

TEST_F(PullsTest, AnswersThatAreNoJson) {
  replies({HttpAnswer{200, {{"content-type", "text/html"}}, "<!DOCTYPE html><p>Unicorn"}});
  auto pull = pulls().get();
  EXPECT_EQ(pull.error().kind, Kind::unavailable);
  EXPECT_THAT(pull.error().text,
              HasSubstr("GET /repos/o/r/pulls/7: the answer is not JSON but looks like HTML"));
  replies({json_answer(200, R"({"number": 7, "ti)")});
  EXPECT_THAT(pulls().get().error().text, HasSubstr("the answer is not JSON, 17 bytes"));
  replies({json_answer(200, std::string(200'000, '['))});
  EXPECT_EQ(pulls().files().error().kind, Kind::unavailable);
}

TEST_F(PullsTest, PagesGoOnWhileTheLinkSaysSoButNeverWhereItPoints) {
  const std::string link =
      R"(<https://evil.example/repositories/1/pulls/7/files?page=9>; rel="next", <u>; rel="last")";
  replies({json_answer(200, files_json(100), {{"link", link}}),
           json_answer(200, files_json(100), {{"link", link}}),
           json_answer(200, files_json(3), {{"link", R"(<u>; rel="prev")"}})});
  const auto files = pulls().files();
  ASSERT_TRUE(files) << files.error().text;
  EXPECT_THAT(*files, SizeIs(203));
  const std::string base = "GET https://api.github.com/repos/o/r/pulls/7/files?per_page=100&page=";
  EXPECT_THAT(urls(), ElementsAre(base + "1", base + "2", base + "3"));
}

TEST_F(PullsTest, WithoutLinksAFullPageIsFollowedByAnother) {
  replies({json_answer(200, files_json(100)), json_answer(200, files_json(1))});
  EXPECT_THAT(*pulls().files(), SizeIs(101));
}

TEST_F(PullsTest, PagesEnd) {
  outside.answer = [](const HttpRequest&) {
    return Reply(json_answer(200, files_json(1), {{"link", R"(<u>; rel="next")"}}));
  };
  EXPECT_EQ(pulls().files().error().kind, Kind::invalid);
  EXPECT_EQ(outside.requests.size(), 30U);
}

TEST_F(PullsTest, FilesWithAndWithoutPatch) {
  replies(
      {json_answer(200, R"([{"filename": "a", "status": "renamed", "previous_filename": "b", "additions": 0,
      "deletions": 0}, {"filename": "c", "status": "invented", "additions": 1, "deletions": 2, "patch": "@@"}])")});
  const auto files = pulls().files();
  ASSERT_TRUE(files) << files.error().text;
  EXPECT_EQ((*files)[0].status, FileStatus::renamed);
  EXPECT_EQ((*files)[0].previous_path, "b");
  EXPECT_EQ((*files)[0].patch, std::nullopt);
  EXPECT_EQ((*files)[1].status, FileStatus::changed);
  EXPECT_EQ((*files)[1].patch, "@@");
}

TEST_F(PullsTest, CommentsSayWhichAreOurs) {
  replies({json_answer(200, R"({"login": "Sluice-Bot"})"),
           json_answer(200, R"([{"id": 1, "user": {"login": "sluice-bot"}, "body": "x"},
                                {"id": 2, "user": {"login": "sluice-bot2"}, "body": null},
                                {"id": 18446744073709551615, "user": null, "body": "z"}])")});
  const auto comments = pulls().comments();
  ASSERT_TRUE(comments) << comments.error().text;
  EXPECT_TRUE((*comments)[0].mine);
  EXPECT_FALSE((*comments)[1].mine);
  EXPECT_EQ((*comments)[2].author, "ghost");
  EXPECT_EQ((*comments)[2].id, UINT64_MAX);
}

TEST_F(PullsTest, GhostsAreNobodysEvenIfWeAreCalledSo) {
  replies({json_answer(200, R"({"login": "ghost"})"),
           json_answer(200, R"([{"id": 1, "user": null, "body": ""}])")});
  EXPECT_FALSE((*pulls().comments())[0].mine);
}

TEST_F(PullsTest, OurNameIsAskedForOnceAnHour) {
  outside.answer = [](const HttpRequest& request) {
    return Reply(json_answer(200, request.url.ends_with("/user") ? R"({"login": "bot"})" : "[]"));
  };
  const auto asked = [&] {
    return std::ranges::count_if(outside.requests, [](const auto& r) { return r.url.ends_with("/user"); });
  };
  EXPECT_TRUE(pulls().comments());
  EXPECT_TRUE(pulls().review_comments());
  EXPECT_EQ(asked(), 1);
  outside.clock_ms += 3'600'000;
  EXPECT_TRUE(pulls().comments());
  EXPECT_EQ(asked(), 2);
}

TEST_F(PullsTest, TokensThatMayNotAskUseTheSetting) {
  replies({json_answer(403, R"({"message": "Resource not accessible by integration"})")});
  const auto without = pulls().comments();
  EXPECT_EQ(without.error().kind, Kind::forbidden);
  EXPECT_THAT(without.error().text, HasSubstr("`bot-login`"));
  outside.settings["bot-login"] = "app[bot]";
  replies({json_answer(403, "{}"),
           json_answer(200, R"([{"id": 1, "user": {"login": "app[bot]"}, "body": "x"}])")});
  EXPECT_TRUE((*pulls().comments())[0].mine);
}

TEST_F(PullsTest, UpdatesOnlyOurOwnCommentOnThisPullRequest) {
  const auto comment = [](const std::string& login, const std::string& place) {
    return json_answer(200, R"({"id": 5, "user": {"login": ")" + login +
                                R"("}, "body": "x", "issue_url": ")" + place + R"("})");
  };
  outside.kept["own-login"] = std::to_string(outside.now()) + " bot";
  const std::string here = "https://api.github.com/repos/O/R/issues/7";

  replies({comment("bot", here), json_answer(200, "{}")});
  EXPECT_TRUE(pulls().update_comment(5, "new"));
  EXPECT_THAT(urls(), ElementsAre("GET https://api.github.com/repos/o/r/issues/comments/5",
                                  "PATCH https://api.github.com/repos/o/r/issues/comments/5"));
  EXPECT_EQ(outside.requests[1].body, R"({"body":"new"})");

  for (const auto& [login, place] :
       std::vector<std::pair<std::string, std::string>>{{"other", here},
                                                        {"bot", "https://api.github.com/repos/o/r/issues/17"},
                                                        {"bot", "https://api.github.com/repos/x/r/issues/7"},
                                                        {"bot", "7"}}) {
    outside.requests.clear();
    replies({comment(login, place), json_answer(200, "{}")});
    EXPECT_EQ(pulls().update_comment(5, "new").error().kind, Kind::forbidden) << login << " " << place;
    EXPECT_THAT(outside.requests, SizeIs(1));
  }
}

TEST_F(PullsTest, AReviewIsOneRequest) {
  replies({json_answer(200, R"({"id": 9})")});
  const std::vector<ReviewComment> comments = {{"a.c", Side::right, 4, 2U, "why \"so\""},
                                               {"b", Side::left, 1, {}, "x"}};
  EXPECT_EQ(pulls().create_review(sha, "text", comments).value(), 9U);
  EXPECT_EQ(
      outside.requests[0].body,
      R"({"body":"text","comments":[{"body":"why \"so\"","line":4,"path":"a.c","side":"RIGHT","start_line":2,)"
      R"("start_side":"RIGHT"},{"body":"x","line":1,"path":"b","side":"LEFT"}],"commit_id":")" +
          std::string(sha) + R"(","event":"COMMENT"})");
}

TEST_F(PullsTest, AReviewWithAnImpossiblePlaceIsNotSent) {
  for (const ReviewComment& bad : {ReviewComment{"a", Side::right, 0, {}, "x"},
                                   {"a", Side::right, 3, 3U, "x"},
                                   {"a", Side::right, 3, 0U, "x"},
                                   {"../a", Side::right, 3, {}, "x"},
                                   {"a", Side::right, 3, {}, ""},
                                   {"a", Side::right, 3, {}, std::string(65537, 'x')}}) {
    EXPECT_EQ(pulls().create_review(sha, "t", {bad}).error().kind, Kind::invalid) << bad.path << bad.line;
  }
  EXPECT_THAT(outside.requests, IsEmpty());
}

TEST_F(PullsTest, Permissions) {
  const std::vector<std::pair<std::string, Permission>> cases = {
      {R"({"permission": "write", "role_name": "maintain"})", Permission::maintain},
      {R"({"permission": "read", "role_name": "triage"})", Permission::triage},
      {R"({"permission": "write", "role_name": "release-manager"})", Permission::write},
      {R"({"permission": "admin"})", Permission::admin},
      {R"({"permission": "none", "role_name": ""})", Permission::none}};
  for (const auto& [body, expected] : cases) {
    replies({json_answer(200, body)});
    EXPECT_EQ(pulls().permission_of("x").value(), expected) << body;
  }
  replies({json_answer(404, "{}")});
  EXPECT_EQ(pulls().permission_of("nobody").value(), Permission::none);
  replies({json_answer(200, R"({"permission": "emperor"})")});
  EXPECT_EQ(pulls().permission_of("x").error().kind, Kind::unavailable);
}

TEST_F(PullsTest, Content) {
  const auto file = [](const std::string& fields) {
    return json_answer(200, R"({"type": "file", )" + fields + "}");
  };
  replies({file(R"("encoding": "base64", "content": "R3LDvMOf\nZQo=\n")")});
  EXPECT_EQ(pulls().content("a b", "main").value(), "Grüße\n");
  EXPECT_THAT(urls(), ElementsAre("GET https://api.github.com/repos/o/r/contents/a%20b?ref=main"));
  const std::vector<std::pair<HttpAnswer, std::string>> refused = {
      {file(R"("encoding": "base64", "content": "AAECAw==")"), "not a text"},
      {file(R"("encoding": "none", "content": "")"), "larger than"},
      {json_answer(200, "[]"), "a folder"},
      {json_answer(200, R"({"type": "submodule"})"), "a submodule"}};
  for (const auto& [answer, says] : refused) {
    replies({answer});
    const auto content = pulls().content("x", "main");
    EXPECT_EQ(content.error().kind, Kind::invalid);
    EXPECT_THAT(content.error().text, HasSubstr(says));
  }
  replies({file(R"("encoding": "base64", "content": "*")")});
  EXPECT_EQ(pulls().content("x", "main").error().kind, Kind::unavailable);
}

TEST_F(PullsTest, AComparisonThatMayBeCutIsAnError) {
  replies({json_answer(200, R"({"files": )" + files_json(299) + "}")});
  EXPECT_THAT(pulls().compare(sha, sha).value(), SizeIs(299));
  replies({json_answer(200, R"({"files": )" + files_json(300) + "}")});
  EXPECT_THAT(pulls().compare(sha, sha).error().text, HasSubstr("some may be missing"));
}

TEST_F(PullsTest, CommitsOfUnknownAccounts) {
  replies({json_answer(200, R"([{"sha": "1", "author": {"login": "x"}, "commit": {"message": "m"}},
      {"sha": "2", "author": null, "commit": {"message": "n", "author": {"name": "Full Name"}}}])")});
  const auto commits = pulls().commits();
  ASSERT_TRUE(commits) << commits.error().text;
  EXPECT_EQ((*commits)[0].author, "x");
  EXPECT_EQ((*commits)[1].author, "Full Name");
}

}  // namespace
}  // namespace github
