#include "anchor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace review {
namespace {

constexpr std::string_view patch =
    "@@ -10,5 +10,6 @@ int f()\n"
    " int a = 1;\n"
    "-if (a < 2) return;\n"
    "+if (a <= 2) return;\n"
    "+log(a);\n"
    " use(a);\n"
    " use(a);\n"
    "@@ -40,3 +41,4 @@ int g()\n"
    " start();\n"
    "+log(a);\n"
    " use(a);\n"
    " stop();\n";

Change change_of(std::string_view text) {
  Change change;
  change.files.push_back(parse_file_change("src/a.c", "src/old.c", FileStatus::renamed, text));
  return change;
}

Claim claim(std::string quote) {
  return {.source = "model:m",
          .severity = Severity::medium,
          .path = "src/a.c",
          .side = std::nullopt,
          .line = std::nullopt,
          .quote = std::move(quote),
          .why = "Why.",
          .action = "Do."};
}

Risk one(const Claim& made) {
  const Change change = change_of(patch);
  const Anchored anchored = anchor(change, {made});
  EXPECT_EQ(anchored.risks.size(), 1U) << made.quote;
  return anchored.risks.empty() ? Risk{} : anchored.risks.front();
}

std::uint32_t unresolved(const Claim& made) {
  const Change change = change_of(patch);
  return anchor(change, {made}).unresolved;
}

TEST(AnchorTest, AnAddedLineIsOnTheRight) {
  const Risk risk = one(claim("if (a <= 2) return;"));
  EXPECT_EQ(risk.side, Side::right);
  EXPECT_EQ(risk.line, 11U);
  EXPECT_EQ(risk.start_line, 0U);
  EXPECT_EQ(risk.hunk, 0U);
}

TEST(AnchorTest, ADeletedLineIsOnTheLeft) {
  const Risk risk = one(claim("if (a < 2) return;"));
  EXPECT_EQ(risk.side, Side::left);
  EXPECT_EQ(risk.line, 11U);
}

TEST(AnchorTest, ContextCountsOnTheRight) {
  const Risk risk = one(claim("stop();"));
  EXPECT_EQ(risk.side, Side::right);
  EXPECT_EQ(risk.line, 44U);
  EXPECT_EQ(risk.hunk, 1U);
}

TEST(AnchorTest, WhiteSpaceMayDifferAndTheQuoteIsThatOfTheDiff) {
  const Risk risk = one(claim("  if   (a <= 2)\treturn; "));
  EXPECT_EQ(risk.line, 11U);
  EXPECT_EQ(risk.quote, "if (a <= 2) return;");
}

TEST(AnchorTest, ALineThatStandsTwiceIsTheOneNearestToTheHint) {
  Claim made = claim("log(a);");
  EXPECT_EQ(one(made).line, 12U);
  made.line = 39;
  EXPECT_EQ(one(made).line, 42U);
  made.line = 42;
  made.side = Side::right;
  EXPECT_EQ(one(made).line, 42U);
}

TEST(AnchorTest, SeveralLinesMakeASpan) {
  const Risk risk = one(claim("if (a <= 2) return;\nlog(a);"));
  EXPECT_EQ(risk.start_line, 11U);
  EXPECT_EQ(risk.line, 12U);
  EXPECT_EQ(risk.quote, "if (a <= 2) return;\nlog(a);");
  // The deleted line between is not on the right side.
  const Risk across = one(claim("int a = 1;\nif (a <= 2) return;\n"));
  EXPECT_EQ(across.start_line, 10U);
  EXPECT_EQ(across.line, 11U);
}

TEST(AnchorTest, ASpanStaysWithinOneHunkAndOneSide) {
  EXPECT_EQ(unresolved(claim("use(a);\nstart();")), 1U);
  EXPECT_EQ(unresolved(claim("if (a < 2) return;\nlog(a);")), 1U);
  // GitHub takes no context on the left.
  EXPECT_EQ(unresolved(claim("if (a < 2) return;\nuse(a);")), 1U);
}

TEST(AnchorTest, WhatIsNotInTheChangeIsDropped) {
  EXPECT_EQ(unresolved(claim("if (a <= 2)")), 1U);
  EXPECT_EQ(unresolved(claim("")), 1U);
  EXPECT_EQ(unresolved(claim(" \n ")), 1U);
  Claim elsewhere = claim("log(a);");
  elsewhere.path = "src/b.c";
  EXPECT_EQ(unresolved(elsewhere), 1U);
  Claim wrong_side = claim("if (a <= 2) return;");
  wrong_side.side = Side::left;
  EXPECT_EQ(unresolved(wrong_side), 1U);
}

TEST(AnchorTest, TheOldPathOfARenamedFileIsKnown) {
  Claim made = claim("log(a);");
  made.path = "src/old.c";
  EXPECT_EQ(one(made).path, "src/a.c");
}

TEST(AnchorTest, AFileThatTheDiffHasTwiceIsSearchedTwice) {
  Change change = change_of(patch);
  change.files.push_back(
      parse_file_change("src/a.c", {}, FileStatus::modified, "@@ -1 +1,2 @@\n a\n+log(b);\n"));
  const Anchored anchored = anchor(change, {claim("log(b);")});
  ASSERT_EQ(anchored.risks.size(), 1U);
  EXPECT_EQ(anchored.risks[0].file, 1U);
}

TEST(AnchorTest, DuplicatesAreDroppedAndTheMostSevereComesFirst) {
  const Change change = change_of(patch);
  Claim low = claim("int a = 1;");
  low.severity = Severity::low;
  Claim again = low;
  again.why = "Other words.";
  Claim same_words = low;
  same_words.source = "signal:s";
  Claim other = low;
  other.source = "signal:s";
  other.why = "Another thing.";
  Claim high = claim("stop();");
  high.severity = Severity::high;
  const Anchored anchored = anchor(change, {low, again, same_words, other, high});
  EXPECT_EQ(anchored.duplicates, 2U);
  ASSERT_EQ(anchored.risks.size(), 3U);
  EXPECT_EQ(anchored.risks[0].quote, "stop();");
  EXPECT_EQ(anchored.risks[1].why, "Why.");
  EXPECT_EQ(anchored.risks[2].why, "Another thing.");
}

TEST(AnchorTest, FingerprintsFollowTheCodeNotTheLine) {
  const Change before = change_of(patch);
  std::string moved(patch);
  moved.replace(moved.find("@@ -10,5 +10,6"), 14, "@@ -70,5 +90,6");
  moved.replace(moved.find("log(a);"), 7, "log( a); ");
  const Change after = change_of(moved);
  Claim first = claim("log(a);");
  first.line = 12;
  Claim second = claim("log(a);");
  second.line = 42;
  const Anchored a = anchor(before, {first, second});
  ASSERT_EQ(a.risks.size(), 2U);
  EXPECT_EQ(a.risks[0].fingerprint.size(), 16U);
  // Equal lines are told apart.
  EXPECT_NE(a.risks[0].fingerprint, a.risks[1].fingerprint);
  Claim once = claim("if (a <= 2) return;");
  EXPECT_EQ(anchor(before, {once}).risks[0].fingerprint, anchor(after, {once}).risks[0].fingerprint);
  Claim other_source = once;
  other_source.source = "signal:s";
  EXPECT_NE(anchor(before, {once}).risks[0].fingerprint, anchor(before, {other_source}).risks[0].fingerprint);
}

TEST(AnchorTest, ManyFindingsInAHugeFileStayCheap) {
  std::string text = "@@ -0,0 +1,50000 @@\n";
  for (int i = 0; i < 50'000; ++i) text += "+password = 'x'\n";
  Change change;
  change.files.push_back(parse_file_change("a.py", {}, FileStatus::added, text));
  std::vector<Claim> claims;
  for (std::uint32_t line = 1; line <= 50'000; line += 25) {
    Claim made = claim("password = 'x'");
    made.path = "a.py";
    made.side = Side::right;
    made.line = line;
    claims.push_back(std::move(made));
  }
  const Anchored anchored = anchor(change, std::move(claims));
  EXPECT_EQ(anchored.risks.size(), 2000U);
  EXPECT_EQ(anchored.risks.back().line, 49'976U);
}

}  // namespace
}  // namespace review
