// What each signal says, and what it must keep quiet about: cases in tests/data/signals/.
//
// A case is a file's change with a head: `path:`, any number of `expect: SIGNAL LEFT|RIGHT LINE`, perhaps
// `also:` with the path of another changed file, a blank line, and the hunks. The findings are exactly those
// expected.
#include "signals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace review {
namespace {

namespace fs = std::filesystem;

SignalOptions all_on() {
  SignalOptions options = default_signal_options();
  options.enabled.assign(options.enabled.size(), Default::on);
  return options;
}

struct Case {
  std::string name;
  std::string path;
  std::string also;
  std::vector<std::string> expected;
  std::string patch;
};

Case read_case(const fs::path& file) {
  Case out;
  out.name = file.stem().string();
  std::ifstream in(file, std::ios::binary);
  std::string line;
  while (std::getline(in, line) && !line.empty()) {
    const std::size_t colon = line.find(": ");
    const std::string key = line.substr(0, colon);
    const std::string value = line.substr(colon + 2);
    if (key == "path") out.path = value;
    if (key == "also") out.also = value;
    if (key == "expect") out.expected.push_back(value);
  }
  std::ostringstream rest;
  rest << in.rdbuf();
  out.patch = rest.str();
  return out;
}

std::vector<Case> cases() {
  std::vector<Case> out;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(fs::path(SLUICE_SOURCE_DIR) / "tests/data/signals")) {
    if (entry.path().extension() == ".case") out.push_back(read_case(entry.path()));
  }
  std::ranges::sort(out, {}, &Case::name);
  return out;
}

class SignalCaseTest : public testing::TestWithParam<Case> {};

TEST_P(SignalCaseTest, FindsWhatIsExpectedAndNothingElse) {
  const Case& given = GetParam();
  Change change;
  change.files.push_back(parse_file_change(given.path, {}, FileStatus::modified, given.patch));
  ASSERT_TRUE(change.files[0].problems.empty()) << change.files[0].problems[0].what;
  if (!given.also.empty())
    change.files.push_back(parse_file_change(given.also, {}, FileStatus::modified, {}));
  std::vector<std::string> found;
  for (const Finding& finding : run_signals(change, all_on())) {
    found.push_back(finding.id + " " + std::string(name_of(finding.side)) + " " +
                    std::to_string(finding.line));
  }
  EXPECT_THAT(found, testing::UnorderedElementsAreArray(given.expected));
}

std::string name_of_case(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.name;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, SignalCaseTest, testing::ValuesIn(cases()), name_of_case);

// large-change is the one that no file alone shows.
TEST(SignalsTest, EverySignalHasACase) {
  std::string all;
  for (const Case& each : cases()) {
    for (const std::string& expected : each.expected) all += expected + "\n";
  }
  for (const SignalInfo& info : all_signals()) {
    if (info.id == "large-change") continue;
    EXPECT_NE(all.find(std::string(info.id) + " "), std::string::npos) << info.id;
  }
}

TEST(SignalsTest, ALargeChangeIsSaidOnce) {
  const std::string patch = "@@ -0,0 +1,3 @@\n+a\n+b\n+c\n";
  Change change;
  change.files.push_back(parse_file_change("a.txt", {}, FileStatus::added, patch));
  change.files.push_back(parse_file_change("b.txt", {}, FileStatus::added, patch));
  SignalOptions options = all_on();
  options.large_change_lines = 5;
  const std::vector<Finding> findings = run_signals(change, options);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].id, "large-change");
  EXPECT_EQ(findings[0].quote, "a");
  options.large_change_lines = 6;
  EXPECT_TRUE(run_signals(change, options).empty());
}

TEST(SignalsTest, NoSignalFiresOnAnEmptyChange) {
  EXPECT_TRUE(run_signals({}, all_on()).empty());
  Change change;
  change.files.push_back(parse_file_change("a.c", {}, FileStatus::renamed, ""));
  EXPECT_TRUE(run_signals(change, all_on()).empty());
}

TEST(SignalsTest, OfManyAlikeTheFirstAreGivenAndTheRestCounted) {
  std::string patch = "@@ -0,0 +1,30 @@\n";
  for (int i = 0; i < 30; ++i) patch += "+x" + std::to_string(i) + " = eval(text)\n";
  Change change;
  change.files.push_back(parse_file_change("a.py", {}, FileStatus::modified, patch));
  const std::vector<Finding> findings = run_signals(change, all_on());
  ASSERT_EQ(findings.size(), findings_of_one_signal_max);
  EXPECT_THAT(findings.back().why, testing::HasSubstr("10 more lines of this file are alike"));
  EXPECT_THAT(findings.front().why, testing::Not(testing::HasSubstr("alike")));
}

TEST(SignalsTest, NamesFromTheChangeAreShownOnlyWhereTheyArePlain) {
  const std::string patch = "@@ -1,2 +1,2 @@\n char *a;\n-free(b);\n+free(a); /* @someone */\n";
  Change change;
  change.files.push_back(parse_file_change("a.c", {}, FileStatus::modified, patch));
  for (const Finding& finding : run_signals(change, all_on())) {
    EXPECT_EQ(finding.why.find('@'), std::string::npos) << finding.why;
  }
}

TEST(SignalsTest, EachIsListedOnceWithWords) {
  ASSERT_EQ(default_signal_options().enabled.size(), all_signals().size());
  for (std::size_t i = 0; i < all_signals().size(); ++i) {
    EXPECT_EQ(find_signal(all_signals()[i].id), i);
    EXPECT_FALSE(all_signals()[i].about.empty());
  }
  EXPECT_EQ(find_signal("no-such-signal"), all_signals().size());
}

// The worst that can be sent is still read in one sitting: fifty thousand lines that look like what signals
// look for.
TEST(SignalsTest, FiftyThousandLinesAreLookedAt) {
  const std::vector<std::pair<std::string, std::string>> hostile = {
      {"a.c", "\tif (a == NULL) return f(a, 1);"},
      {"a.py", "    except: pass"},
      {"a_test.go", "func TestA(t *testing.T) { t.Skip() }"},
      {"a.js", "} catch (e) { eval(x) }"},
      {"a.java", "public void a(int b) { synchronized (c) { } }"},
      {"a.c", "free(p); use(p->q); /* \" ' */ strcpy(a, b);"},
  };
  for (const auto& [path, text] : hostile) {
    std::string patch = "@@ -1,25000 +1,25000 @@\n";
    for (int i = 0; i < 25000; ++i) patch += "-" + text + "\n";
    for (int i = 0; i < 25000; ++i) patch += "+" + text + " \n";
    Change change;
    change.files.push_back(parse_file_change(path, {}, FileStatus::modified, patch));
    ASSERT_TRUE(change.files[0].problems.empty());
    EXPECT_LE(run_signals(change, all_on()).size(), all_signals().size() * findings_of_one_signal_max)
        << path;
  }
}

}  // namespace
}  // namespace review
