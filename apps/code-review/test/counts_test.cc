// Risks that are not listed are counted, and every report says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "report.h"
#include "review.h"
#include "signals.h"

namespace review {
namespace {

using testing::HasSubstr;
using testing::Not;

// `files` files with `lines` lines each that a signal of high severity names.
Review review_of(int files, int lines, const Settings& settings) {
  std::string patch = "@@ -0,0 +1," + std::to_string(lines) + " @@\n";
  for (int i = 0; i < lines; ++i) patch += "+x" + std::to_string(i) + " = eval(text)\n";
  std::vector<PullFile> list;
  for (int i = 0; i < files; ++i) {
    PullFile& file = list.emplace_back();
    file.path = "a" + std::to_string(i) + ".py";
    file.patch = Text::copy_of(patch);
    file.additions = static_cast<std::uint32_t>(lines);
  }
  Review review = begin_review({"octo", "app", 7}, {}, std::move(list), settings);
  std::vector<Claim> claims = claims_of_signals(review, settings);
  finish_review(review, std::move(claims), settings);
  return review;
}

TEST(CountsTest, RisksBeyondTheListAreCountedByTheirOwnSeverity) {
  Settings settings;
  settings.risks_max = 2;
  settings.signals.large_change_lines = 10'000;
  const Review review = review_of(5, 1, settings);
  const std::string text = render(review, Format::markdown);
  EXPECT_THAT(text, HasSubstr("5 risks were seen: 5 high; 2 of them are listed."));
  EXPECT_THAT(text, HasSubstr("3 further risks of no higher severity not listed (`max-risks`)."));
  EXPECT_THAT(text, Not(HasSubstr("less severe")));
  EXPECT_THAT(text, Not(HasSubstr("JSON report")));
}

TEST(CountsTest, LinesAlikeAreCountedAndSaid) {
  const Review review = review_of(1, 30, {});
  const std::string text = render(review, Format::markdown);
  EXPECT_THAT(text, HasSubstr("30 risks were seen: 30 high; 20 of them are listed."));
  EXPECT_THAT(text,
              HasSubstr("10 further lines are like those listed: of one signal in one file, 20 lines are."));
  EXPECT_THAT(render(review, Format::html), HasSubstr("10 further lines are like those listed"));
  const auto report = nlohmann::json::parse(render(review, Format::json), nullptr, false);
  EXPECT_EQ(report["risks_alike"], 10);
  EXPECT_EQ(report["risks_unlisted"], 0);
  EXPECT_EQ(report["risks_seen"]["high"], 30);
  EXPECT_EQ(report["risks_seen"]["low"], 0);
}

}  // namespace
}  // namespace review
