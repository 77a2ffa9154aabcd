#include "report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "report_cases.h"

namespace review {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// The report as it was last looked at and found good. With SLUICE_UPDATE_GOLDEN set the files are written
// instead.
void expect_golden(const fs::path& path, const std::string& report) {
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << report;
    return;
  }
  ASSERT_TRUE(fs::exists(path)) << path;
  EXPECT_EQ(read_file(path), report) << path
                                     << ": look at the difference; if it is meant, run this test with "
                                     << "SLUICE_UPDATE_GOLDEN=1 in the environment";
}

class ReportTest : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] static fs::path folder() { return cases_folder() / GetParam(); }
};

TEST_P(ReportTest, IsAsItWasFoundGood) {
  const Review review = review_case(folder());
  expect_golden(folder() / "report.md", render(review, Format::markdown));
  expect_golden(folder() / "report.json", render(review, Format::json));
  expect_golden(folder() / "report.sarif", render(review, Format::sarif));
  expect_golden(folder() / "report.html", render(review, Format::html));
}

TEST_P(ReportTest, JsonHasItsDocumentedMembers) {
  const Review review = review_case(folder());
  const json report = json::parse(render(review, Format::json), nullptr, false);
  ASSERT_TRUE(report.is_object());
  for (const char* key :
       {"version", "status", "change", "summary", "changes", "risks", "coverage", "effort", "usage"}) {
    EXPECT_TRUE(report.contains(key)) << key;
  }
  for (const json& risk : report["risks"]) {
    for (const char* key : {"severity", "file", "side", "line", "quote", "why", "action", "source"}) {
      EXPECT_TRUE(risk.contains(key)) << key;
    }
    EXPECT_TRUE(risk["side"] == "LEFT" || risk["side"] == "RIGHT");
  }
  for (const json& entry : report["coverage"]) EXPECT_FALSE(entry["reason"].get<std::string>().empty());
  EXPECT_EQ(json::parse(render_json(review, JsonWriter::Layout::compact), nullptr, false), report);
}

// Every tag of the page and every attribute in it is one that we write; text from outside makes none.
TEST_P(ReportTest, HtmlHasNoTagsButItsOwn) {
  const std::string page = render(review_case(folder()), Format::html);
  const std::set<std::string> tags = {"!doctype", "html",   "head",    "meta",    "title", "style", "body",
                                      "main",     "h1",     "h2",      "h3",      "p",     "div",   "span",
                                      "b",        "i",      "code",    "table",   "tr",    "td",    "article",
                                      "header",   "strong", "details", "summary", "footer"};
  const std::set<std::string> attributes = {"html",       "lang",  "charset", "name", "content",
                                            "http-equiv", "class", "id",      "style"};
  const std::regex tag("<(/?)([^ >]*)([^>]*)>");
  const std::regex attribute("([^ =]+)(=\"[^\"]*\")?");
  for (std::sregex_iterator found(page.begin(), page.end(), tag), end; found != end; ++found) {
    EXPECT_TRUE(tags.contains((*found)[2])) << found->str();
    const std::string rest = (*found)[3];
    for (std::sregex_iterator a(rest.begin(), rest.end(), attribute); a != end; ++a) {
      EXPECT_TRUE(attributes.contains((*a)[1])) << found->str();
    }
  }
  EXPECT_EQ(std::ranges::count(page, '<'), std::ranges::count(page, '>'));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("url(")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
}

TEST_P(ReportTest, SarifPointsIntoTheRepository) {
  const json report = json::parse(render(review_case(folder()), Format::sarif), nullptr, false);
  const json& run = report["runs"][0];
  for (const json& result : run["results"]) {
    const json& place = result["locations"][0]["physicalLocation"];
    EXPECT_GE(place["region"]["startLine"].get<int>(), 1);
    const std::string uri = place["artifactLocation"]["uri"];
    EXPECT_EQ(uri.find_first_of(" <>\"{}|\\^`#?"), std::string::npos) << uri;
    EXPECT_EQ(run["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()]["id"], result["ruleId"]);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, ReportTest, testing::Values("ordinary", "hostile", "nothing"),
                         [](const auto& info) { return std::string(info.param); });

TEST(MarkdownTest, HostileTextHasNoEffectInAComment) {
  const std::string body = render(review_case(cases_folder() / "hostile"), Format::markdown);
  for (const char* effect : {"@octocat", "@dependabot", "fixes #12", "[x](", "<img", "https://", "\n/approve",
                             "\x1b", "\u202e", "\n# Owned", "\n+```"}) {
    EXPECT_THAT(body, Not(HasSubstr(effect))) << effect;
  }
}

TEST(MarkdownTest, WhatDoesNotFitIsCounted) {
  const Review review = review_case(cases_folder() / "ordinary");
  const std::string whole = render_markdown(review, {});
  EXPECT_THAT(whole, Not(HasSubstr("see the JSON report")));
  const std::string cut =
      render_markdown(review, {.first_line = "<!-- x -->", .remarks = {"A remark."}, .bytes_max = 7'000});
  EXPECT_LT(cut.size(), 7'000U);
  EXPECT_THAT(cut, testing::StartsWith("<!-- x -->\n"));
  EXPECT_THAT(cut, HasSubstr("A remark."));
  EXPECT_THAT(cut, HasSubstr("further risks of no higher severity: see the JSON report."));
}

TEST(SarifTest, ADeletedLineIsShownWhereItStood) {
  const json report =
      json::parse(render(review_case(cases_folder() / "ordinary"), Format::sarif), nullptr, false);
  std::vector<int> lines;
  for (const json& result : report["runs"][0]["results"]) {
    if (result["properties"]["side"] != "LEFT") continue;
    lines.push_back(result["properties"]["line"]);
    EXPECT_EQ(result["locations"][0]["physicalLocation"]["region"]["startLine"], 42);
  }
  EXPECT_THAT(lines, testing::ElementsAre(42, 43));
}

TEST(FormatTest, Names) {
  EXPECT_EQ(format_named("sarif"), Format::sarif);
  EXPECT_FALSE(format_named("pdf").has_value());
}

}  // namespace
}  // namespace review
