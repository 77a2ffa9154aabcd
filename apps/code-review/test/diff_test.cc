#include "diff.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace review {
namespace {

using Op = Line::Op;

TEST(DiffTest, ReadsNumbersSectionAndText) {
  const std::string text = "@@ -10,4 +10,5 @@ int main()\n a\n-b\n+c\n+d\n e\n f";
  const Patch patch = parse_patch(text);
  ASSERT_TRUE(patch.problems.empty());
  ASSERT_EQ(patch.hunks.size(), 1U);
  const Hunk& hunk = patch.hunks[0];
  EXPECT_EQ(hunk.section, "int main()");
  EXPECT_EQ(hunk.old_start, 10U);
  EXPECT_EQ(hunk.new_count, 5U);
  ASSERT_EQ(hunk.lines.size(), 6U);
  EXPECT_EQ(hunk.lines[1].op, Op::deleted);
  EXPECT_EQ(hunk.lines[1].old_line, 11U);
  EXPECT_EQ(hunk.lines[1].new_line, 0U);
  EXPECT_EQ(hunk.lines[3].op, Op::added);
  EXPECT_EQ(hunk.lines[3].old_line, 0U);
  EXPECT_EQ(hunk.lines[3].new_line, 12U);
  EXPECT_EQ(hunk.lines[5].old_line, 13U);
  EXPECT_EQ(hunk.lines[5].new_line, 14U);
  EXPECT_EQ(hunk.lines[5].text, "f");
  EXPECT_FALSE(patch.final_newline);
  EXPECT_EQ(print_patch(patch), text);
}

TEST(DiffTest, AnOmittedCountIsOne) {
  const Patch patch = parse_patch("@@ -3 +3 @@\n-a\n+b\n");
  ASSERT_TRUE(patch.problems.empty());
  EXPECT_EQ(patch.hunks[0].old_count, 1U);
  EXPECT_EQ(patch.hunks[0].new_count, 1U);
  EXPECT_TRUE(patch.hunks[0].section.empty());
}

TEST(DiffTest, AnEmptyRangeNamesTheLineBefore) {
  const Patch added = parse_patch("@@ -5,0 +6,2 @@\n+a\n+b");
  ASSERT_TRUE(added.problems.empty());
  EXPECT_EQ(added.hunks[0].lines[0].new_line, 6U);
  const Patch created = parse_patch("@@ -0,0 +1 @@\n+a");
  ASSERT_TRUE(created.problems.empty());
  EXPECT_EQ(created.hunks[0].lines[0].new_line, 1U);
  const Patch removed = parse_patch("@@ -1,2 +0,0 @@\n-a\n-b");
  ASSERT_TRUE(removed.problems.empty());
  EXPECT_EQ(removed.hunks[0].lines[1].old_line, 2U);
}

TEST(DiffTest, ADeletedLineOfDashesIsNoHeader) {
  const Patch patch = parse_patch("@@ -1,2 +1,2 @@\n--- old\n+++ new\n @@ -1 +1 @@\n");
  ASSERT_TRUE(patch.problems.empty());
  EXPECT_EQ(patch.hunks[0].lines[0].text, "-- old");
  EXPECT_EQ(patch.hunks[0].lines[1].text, "++ new");
  EXPECT_EQ(patch.hunks[0].lines[2].text, "@@ -1 +1 @@");
}

TEST(DiffTest, KeepsMissingNewlinesAtTheEndOfBothFiles) {
  const std::string text = "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file";
  const Patch patch = parse_patch(text);
  ASSERT_TRUE(patch.problems.empty());
  EXPECT_TRUE(patch.hunks[0].lines[0].no_newline);
  EXPECT_TRUE(patch.hunks[0].lines[1].no_newline);
  EXPECT_EQ(print_patch(patch), text);
}

TEST(DiffTest, TextIsWithoutTheCarriageReturn) {
  const std::string text = "@@ -1,3 +1,3 @@ f()\r\n a\r\n-b\r\n+c\n \r";
  const Patch patch = parse_patch(text);
  ASSERT_TRUE(patch.problems.empty());
  EXPECT_EQ(patch.hunks[0].section, "f()");
  EXPECT_EQ(patch.hunks[0].lines[1].text, "b");
  EXPECT_TRUE(patch.hunks[0].lines[1].carriage_return);
  EXPECT_FALSE(patch.hunks[0].lines[2].carriage_return);
  EXPECT_EQ(print_patch(patch), text);
}

TEST(DiffTest, AnEmptyContextLineMayHaveLostItsSpace) {
  const std::string text = "@@ -1,3 +1,2 @@\n a\n\n-b\n";
  const Patch patch = parse_patch(text);
  ASSERT_TRUE(patch.problems.empty());
  EXPECT_TRUE(patch.hunks[0].lines[1].bare);
  EXPECT_EQ(patch.hunks[0].lines[1].op, Op::context);
  EXPECT_EQ(print_patch(patch), text);
}

TEST(DiffTest, ACutPatchKeepsWhatItHasAndSaysWhatIsMissing) {
  const Patch patch = parse_patch("@@ -1,3 +1,4 @@\n a\n+b");
  ASSERT_EQ(patch.hunks.size(), 1U);
  EXPECT_EQ(patch.hunks[0].lines.size(), 2U);
  ASSERT_EQ(patch.problems.size(), 1U);
  EXPECT_NE(patch.problems[0].what.find("lacks 2 old and 2 new lines"), std::string::npos);
}

TEST(DiffTest, LinesThatTheHeaderDoesNotCountAreReported) {
  const Patch patch = parse_patch("@@ -1 +1 @@\n-a\n+b\n+c\n+d\n@@ -9 +9 @@\n-x\n+y\n");
  ASSERT_EQ(patch.hunks.size(), 2U);
  ASSERT_EQ(patch.problems.size(), 1U);
  EXPECT_EQ(patch.problems[0].line, 4U);
  EXPECT_EQ(patch.problems[0].lines, 2U);
}

TEST(DiffTest, AStrangeLineInAHunkIsReportedAndTheNextHunkIsRead) {
  const Patch patch = parse_patch("@@ -1,3 +1,3 @@\n a\n?b\n c\n@@ -9 +9 @@\n-x\n+y\n");
  ASSERT_EQ(patch.hunks.size(), 2U);
  ASSERT_EQ(patch.problems.size(), 1U);
  EXPECT_EQ(patch.problems[0].line, 3U);
  EXPECT_EQ(patch.problems[0].lines, 2U);
  EXPECT_EQ(patch.hunks[1].lines.size(), 2U);
}

TEST(DiffTest, ACombinedDiffIsRefused) {
  const Patch patch = parse_patch("@@@ -1,2 -1,2 +1,3 @@@\n  a\n++b\n");
  EXPECT_TRUE(patch.hunks.empty());
  ASSERT_EQ(patch.problems.size(), 1U);
  EXPECT_NE(patch.problems[0].what.find("combined diff"), std::string::npos);
  EXPECT_EQ(patch.problems[0].lines, 3U);
}

TEST(DiffTest, BadHeadersAreReported) {
  for (const char* header :
       {"@@ -1,2 +1,2", "@@ -a +1 @@", "@@ -1,2 +1,2@@", "@@", "@@ -0 +1 @@", "@@ -99999999999 +1 @@",
        "@@ -1,4294967295 +1 @@", "@@ -1, +1 @@", "@@ -+1 @@"}) {
    const Patch patch = parse_patch(std::string(header) + "\n a\n");
    EXPECT_TRUE(patch.hunks.empty()) << header;
    EXPECT_EQ(patch.problems.size(), 1U) << header;
  }
}

TEST(DiffTest, TextThatIsNoPatchIsOneProblem) {
  const Patch patch = parse_patch("Binary files a/x and b/x differ\n");
  EXPECT_TRUE(patch.hunks.empty());
  ASSERT_EQ(patch.problems.size(), 1U);
  EXPECT_EQ(patch.problems[0].line, 1U);
}

TEST(DiffTest, NothingGivesNothing) {
  const Patch patch = parse_patch("");
  EXPECT_TRUE(patch.hunks.empty());
  EXPECT_TRUE(patch.problems.empty());
  EXPECT_EQ(print_patch(patch), "");
}

TEST(DiffTest, FiftyThousandLinesAreRead) {
  std::string text = "@@ -1,25000 +1,25000 @@\n";
  for (int i = 0; i < 25000; ++i) text += "-old\n+new\n";
  const Patch patch = parse_patch(text);
  ASSERT_TRUE(patch.problems.empty());
  EXPECT_EQ(patch.hunks[0].lines.size(), 50000U);
  EXPECT_EQ(patch.hunks[0].lines.back().new_line, 25000U);
  EXPECT_EQ(print_patch(patch), text);
}

TEST(DiffTest, AFileChangeKnowsItsLanguageAndCounts) {
  const std::string text = "@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d\n";
  const FileChange file = parse_file_change("src/Main.JAVA", "", FileStatus::modified, text);
  EXPECT_EQ(file.language, Language::java);
  EXPECT_EQ(count_lines(file, Op::added), 2U);
  EXPECT_EQ(count_lines(file, Op::deleted), 1U);
  EXPECT_EQ(count_lines(file, Op::context), 1U);
}

// Any sequence of lines makes a patch that reads back as it was written.
RC_GTEST_PROP(DiffProperty, PrintingAParsedPatchGivesItBack, ()) {
  std::string body;
  unsigned old_count = 0;
  unsigned new_count = 0;
  const auto lines = *rc::gen::container<std::vector<std::pair<int, std::string>>>(
      rc::gen::pair(rc::gen::inRange(0, 3), rc::gen::string<std::string>()));
  for (const auto& [op, raw] : lines) {
    body.push_back(" +-"[op]);
    for (const char c : raw) body.push_back(c == '\n' ? 'n' : c);
    body.push_back('\n');
    old_count += op != 1 ? 1U : 0U;
    new_count += op != 2 ? 1U : 0U;
  }
  const std::string text =
      "@@ -1," + std::to_string(old_count) + " +1," + std::to_string(new_count) + " @@ f\n" + body;
  const Patch patch = parse_patch(text);
  RC_ASSERT(patch.problems.empty());
  RC_ASSERT(patch.hunks.size() == 1U);
  RC_ASSERT(patch.hunks[0].lines.size() == lines.size());
  RC_ASSERT(print_patch(patch) == text);
}

// Whatever the bytes, every line of the text is in a hunk, is a marker, or is counted by a problem.
RC_GTEST_PROP(DiffProperty, NoLineIsDroppedSilently, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "@@ -1,2 +1,2 @@\n", "@@ -1 +1 @@ f\n", "@@@ -1 -1 +1 @@@\n", " a\n", "+b\n", "-c\n", "\n", "\r\n",
      "\\ No newline at end of file\n", "\\ Kein\n", "?\n", "--- x\n", "@@\n"));
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  const Patch patch = parse_patch(text);
  std::size_t seen = 0;
  for (const Hunk& hunk : patch.hunks) {
    ++seen;
    for (const Line& line : hunk.lines) seen += line.no_newline ? 2U : 1U;
  }
  for (const ParseProblem& problem : patch.problems) seen += problem.lines;
  RC_ASSERT(seen == pieces.size());
}

}  // namespace
}  // namespace review
