#include "notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "definition.h"
#include "kind.h"
#include "values.h"

namespace review {
namespace {

std::vector<std::vector<std::string>> read_table(const std::string& name) {
  std::ifstream in(std::string(SLUICE_SOURCE_DIR) + "/tests/data/review/" + name);
  EXPECT_TRUE(in.good()) << name;
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    std::vector<std::string> row;
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, '\t');) row.push_back(field);
    rows.push_back(std::move(row));
  }
  EXPECT_FALSE(rows.empty()) << name;
  return rows;
}

TEST(DefinitionTest, Table) {
  for (const auto& row : read_table("definitions.tsv")) {
    ASSERT_EQ(row.size(), 3U) << row[0];
    const auto definition = definition_in_file(row[0], language_of(row[0]), row[2]);
    std::string found = "-";
    if (definition)
      found = std::string(definition->name) + (definition->kind == Definition::Kind::function ? "()" : "");
    EXPECT_EQ(found, row[1]) << row[0] << ": " << row[2];
  }
}

TEST(KindTest, Table) {
  for (const auto& row : read_table("kinds.tsv")) {
    ASSERT_EQ(row.size(), 2U) << row[0];
    EXPECT_EQ(name_of(kind_of(row[0])), row[1]) << row[0];
  }
}

TEST(ValuesTest, Table) {
  for (const auto& row : read_table("values.tsv")) {
    ASSERT_EQ(row.size(), 3U) << row[0];
    FileChange file;
    file.path = row[0];
    file.language = language_of(row[0]);
    const auto value = named_value_in(file, row[2]);
    EXPECT_EQ(value ? std::string(value->key) + "=" + std::string(value->value) : "-", row[1])
        << row[0] << ": " << row[2];
  }
}

std::string note_on(std::string path, FileStatus status, std::string_view patch, std::string previous = {}) {
  PullFile file;
  file.path = std::move(path);
  file.previous_path = std::move(previous);
  file.status = status;
  file.patch = Text::copy_of(patch);
  std::vector<PullFile> files;
  files.push_back(std::move(file));
  const Selection selection = select({}, std::move(files), {}, Lister::github);
  const std::vector<FileNote> notes = notes_on(selection);
  return notes.size() == 1 ? notes[0].what : "not one note";
}

TEST(NotesTest, SaysWhatHappensToFunctions) {
  EXPECT_EQ(note_on("a.c", FileStatus::modified,
                    "@@ -1,9 +1,12 @@ int old(void)\n"
                    " {\n-\treturn 1;\n+\treturn check(2);\n }\n \n"
                    "-int gone(void)\n-{\n-}\n+int fresh(void)\n+{\n+}\n"
                    "-int same(int a)\n+int same(int a, int b)\n {\n }\n"),
            "adds `fresh()`; removes `gone()`; changes the signature of `same()`; changes `old()`; adds "
            "calls of `check()`");
}

TEST(NotesTest, NewRemovedAndRenamedFiles) {
  EXPECT_EQ(
      note_on("a.py", FileStatus::added, "@@ -0,0 +1,3 @@\n+class A:\n+    def b(self):\n+        pass\n"),
      "new file of 3 lines; defines `A` and `b()`");
  EXPECT_EQ(note_on("a.py", FileStatus::removed, "@@ -1,2 +0,0 @@\n-def b():\n-    pass\n"),
            "removes the file of 2 lines; removes `b()`");
  EXPECT_EQ(note_on("b.txt", FileStatus::renamed, "@@ -1 +1 @@\n-x\n+y\n", "a.txt"),
            "renamed from `a.txt`; changes 1 line in one place");
}

TEST(NotesTest, TellsWhiteSpaceCommentsAndMoves) {
  EXPECT_EQ(note_on("a.c", FileStatus::modified, "@@ -1,2 +1,2 @@\n-  a();\n+\ta();\n b();\n"),
            "changes white space only");
  EXPECT_EQ(note_on("a.c", FileStatus::modified, "@@ -1,2 +1,2 @@\n-// x\n+// y\n b();\n"),
            "changes comments only");
  EXPECT_EQ(note_on("a.c", FileStatus::modified, "@@ -1,3 +1,3 @@\n-a();\n b();\n+a();\n c();\n"),
            "moves lines and changes none of them");
}

TEST(NotesTest, SettingsAndVersions) {
  EXPECT_EQ(note_on("package.json", FileStatus::modified,
                    "@@ -1,3 +1,3 @@\n {\n-    \"lodash\": \"^4.17.20\",\n+    \"lodash\": \"^4.17.21\",\n+  "
                    "  \"left-pad\": \"1.0\"\n }\n"),
            "updates `lodash` from `^4.17.20` to `^4.17.21`; adds `left-pad`");
  EXPECT_EQ(
      note_on("a.c", FileStatus::modified, "@@ -1,2 +1,2 @@\n-#define LIMIT 10\n+#define LIMIT 20\n x\n"),
      "changes the signature of `LIMIT`; changes `LIMIT` from `10` to `20`");
}

TEST(NotesTest, BackticksInNamesDoNotEndTheCode) {
  const std::string what =
      note_on("a.md", FileStatus::modified, "@@ -1 +1,2 @@\n x\n+## The `@octocat` section\n");
  EXPECT_EQ(what, "adds the section `The '@octocat' section`");
}

}  // namespace
}  // namespace review
