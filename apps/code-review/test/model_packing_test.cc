// What must hold of every change: each hunk is shown to the model or listed with a reason, and no prompt is
// too long.
#include "model/packing.h"

#include <set>

#include "model/prompts.h"
#include "model_fixture.h"

namespace review {
namespace {

using nlohmann::json;

class PackingTest : public ModelTest {
 protected:
  // The lines of all prompts that ask for findings, as they stand there.
  std::set<std::string> shown_lines() const {
    std::set<std::string> lines;
    for (const ModelRequest& request : model_.requests) {
      if (FakeModel::task_of(request) != "FIND") continue;
      std::string_view rest = request.user;
      while (!rest.empty()) lines.emplace(take_until(rest, '\n'));
    }
    return lines;
  }

  void check_change(const PatchFile& change, const std::string& name) {
    set_change(change);
    model_.requests.clear();
    const json report = review();
    EXPECT_EQ(model_.too_long, 0U) << name;
    const std::set<std::string> shown = shown_lines();
    std::size_t entry = 0;
    for (const PatchPart& part : change.parts) {
      for (const Hunk& hunk : parse_patch(part.patch).hunks) {
        const auto& coverage = report["coverage"];
        while (entry < coverage.size() && coverage[entry]["hunk"].is_null()) ++entry;
        ASSERT_LT(entry, coverage.size()) << name;
        check_hunk(hunk, coverage[entry++], shown, name);
      }
    }
  }

  static void check_hunk(const Hunk& hunk, const json& entry, const std::set<std::string>& shown,
                         const std::string& name) {
    if (entry["status"] != "reviewed") return;
    ASSERT_FALSE(entry["model"].is_null()) << name;
    if (entry["model"]["status"] != "reviewed") {
      EXPECT_FALSE(entry["model"]["reason"].get<std::string>().empty()) << name;
      return;
    }
    for (const Line& line : hunk.lines) {
      const char mark = line.op == Line::Op::added ? '+' : line.op == Line::Op::deleted ? '-' : ' ';
      EXPECT_TRUE(shown.contains(mark + std::string(line.text))) << name << ": " << entry.dump() << line.text;
    }
  }
};

TEST_F(PackingTest, NoHunkOfARealChangeIsForgottenAndNoPromptIsTooLong) {
  std::size_t number = 0;
  for (const auto& path : real_patch_paths()) {
    const std::string text = text_of_file(path);
    if (!is_plain(text)) continue;
    // Small and large contexts, in turn.
    constexpr std::uint32_t contexts[] = {2'600, 4'096, 8'192, 0, 128'000};
    model_.info.context_tokens = contexts[number++ % std::size(contexts)];
    const PatchFile change = read_patch_file(text);
    check_change(change, path.filename());
    check_change(reverse(change), path.filename().string() + " reversed");
  }
}

TEST_F(PackingTest, WhatFitsGoesIntoOneCall) {
  add_file("a.py", "@@ -1,1 +1,2 @@\n x = 1\n+y = 2\n");
  add_file("b.c", "@@ -1,2 +1,1 @@\n int x;\n-int y;\n");
  pulls_.changed.push_back({.path = "gone.py",
                            .previous_path = {},
                            .status = FileStatus::removed,
                            .patch = "@@ -1,1 +0,0 @@\n-z = 1\n"});
  review();
  EXPECT_EQ(model_.asked("FIND"), 1U);
  EXPECT_THAT(model_.requests[0].user, testing::HasSubstr("-z = 1"));
  EXPECT_THAT(model_.requests[0].user,
              testing::HasSubstr("File: a.py, Python\n@@ -1,1 +1,2 @@\n x = 1\n+y = 2\nFile: b.c, C\n"));
}

TEST_F(PackingTest, OfALargeChangeDeletedFilesAreNamedAndDeletionsComeLast) {
  for (int i = 0; i < 12; ++i) add_large_file("src/part" + std::to_string(i) + ".py", 300);
  add_file("src/cut.py", "@@ -1,2 +1,1 @@\n x = 1\n-deleted_line = 2\n");
  pulls_.changed.push_back({.path = "gone.py",
                            .previous_path = {},
                            .status = FileStatus::removed,
                            .patch = "@@ -1,1 +0,0 @@\n-gone_line = 1\n"});
  settings_ = {{"model-parallel", "1"}};
  const json report = review();
  std::size_t last_find = 0;
  for (std::size_t i = 0; i < model_.requests.size(); ++i) {
    EXPECT_THAT(model_.requests[i].user, testing::Not(testing::HasSubstr("-gone_line = 1")));
    if (FakeModel::task_of(model_.requests[i]) == "FIND") last_find = i;
    if (FakeModel::task_of(model_.requests[i]) == "PLAN") {
      EXPECT_THAT(model_.requests[i].user, testing::HasSubstr("* gone.py (+0 -1, removed)"));
    }
  }
  EXPECT_THAT(model_.requests[last_find].user, testing::HasSubstr("-deleted_line = 2"));
  for (const json& entry : report["coverage"]) {
    if (entry["file"] == "gone.py") {
      EXPECT_EQ(entry["model"]["status"], "left-out");
    }
  }
  EXPECT_EQ(report["status"], "reviewed");
}

TEST_F(PackingTest, TheMainLanguageComesFirst) {
  add_large_file("notes.md", 500);
  for (int i = 0; i < 6; ++i) add_large_file("src/part" + std::to_string(i) + ".py", 200 + i);
  settings_ = {{"model-parallel", "1"}};
  review();
  ASSERT_EQ(FakeModel::task_of(model_.requests[0]), "PLAN");
  EXPECT_THAT(model_.requests[1].user, testing::HasSubstr("File: src/part5.py"));
}

}  // namespace
}  // namespace review
