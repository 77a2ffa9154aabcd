#include "settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace review {
namespace {

using testing::HasSubstr;

Settings read(std::vector<SettingPair> pairs) {
  auto settings = parse_settings(pairs);
  EXPECT_TRUE(settings.has_value()) << (settings ? std::string() : settings.error());
  return settings ? *settings : Settings{};
}

std::string error_of(std::string_view key, std::string_view value) {
  const std::vector<SettingPair> pairs = {{key, value}};
  const auto settings = parse_settings(pairs);
  return settings ? "no error" : settings.error();
}

TEST(SettingsTest, ReadsEverySetting) {
  const std::string signal(all_signals().front().id);
  const std::string off = "[\"" + signal + "\"]";
  const Settings settings = read({{"ignore-paths", "[\"gen/\", \"!gen/keep.c\"]"},
                                  {"default-ignores", "false"},
                                  {"ignore-titles", "WIP"},
                                  {"ignore-labels", "[\"skip\"]"},
                                  {"ignore-authors", "[\"a[bot]\"]"},
                                  {"review-drafts", "true"},
                                  {"inline-severity", "none"},
                                  {"max-inline-comments", "7"},
                                  {"max-risks", "8"},
                                  {"command", "@bot review"},
                                  {"max-file-lines", "9"},
                                  {"max-line-bytes", "100"},
                                  {"large-change-lines", "11"},
                                  {"signals-off", off}});
  EXPECT_THAT(settings.ignore_paths, testing::ElementsAre("gen/", "!gen/keep.c"));
  EXPECT_FALSE(settings.default_ignores);
  EXPECT_THAT(settings.ignore_titles, testing::ElementsAre("WIP"));
  EXPECT_THAT(settings.ignore_labels, testing::ElementsAre("skip"));
  EXPECT_THAT(settings.ignore_authors, testing::ElementsAre("a[bot]"));
  EXPECT_EQ(settings.drafts, Drafts::review);
  EXPECT_FALSE(settings.inline_severity.has_value());
  EXPECT_EQ(settings.inline_comments_max, 7U);
  EXPECT_EQ(settings.risks_max, 8U);
  EXPECT_EQ(settings.command, "@bot review");
  EXPECT_EQ(settings.file_lines_max, 9U);
  EXPECT_EQ(settings.line_bytes_max, 100U);
  EXPECT_EQ(settings.signals.large_change_lines, 11U);
  EXPECT_EQ(settings.signals.enabled.front(), Default::off);
}

TEST(SettingsTest, NothingSetGivesTheDefaults) {
  const Settings settings = read({});
  EXPECT_EQ(settings.command, "/review");
  EXPECT_EQ(settings.inline_severity, Severity::medium);
  EXPECT_EQ(settings.drafts, Drafts::leave_out);
  EXPECT_EQ(settings.signals.enabled, default_signal_options().enabled);
}

TEST(SettingsTest, ErrorsNameTheKeyTheReasonAndThePlace) {
  EXPECT_THAT(error_of("ignore-path", "x"),
              HasSubstr("`ignore-path` is unknown; the settings are ignore-paths"));
  EXPECT_THAT(error_of("max-risks", "0"),
              HasSubstr("`max-risks`: \"0\" is not a whole number from 1 to 10000"));
  EXPECT_THAT(error_of("max-risks", "-1"), HasSubstr("whole number"));
  EXPECT_THAT(error_of("max-risks", "99999999999999999999999"), HasSubstr("whole number"));
  EXPECT_THAT(error_of("review-drafts", "yes"), HasSubstr("neither true nor false"));
  EXPECT_THAT(error_of("inline-severity", "severe"), HasSubstr("none of info, low"));
  EXPECT_THAT(error_of("ignore-paths", "[1]"), HasSubstr("1 in the list is not a text"));
  EXPECT_THAT(error_of("ignore-paths", "[\"a\""), HasSubstr("not a list"));
  EXPECT_THAT(error_of("ignore-paths", "[\"\"]"), HasSubstr("empty text"));
  EXPECT_THAT(error_of("ignore-paths", "[\"!\"]"), HasSubstr("names no path"));
  EXPECT_THAT(error_of("command", "/"), HasSubstr("shorter than 3"));
  EXPECT_THAT(error_of("command", "/re\nview"), HasSubstr("more than one line"));
  EXPECT_THAT(error_of("signals-on", "[\"no-such\"]"), HasSubstr("no signal \"no-such\"; the signals are"));
  EXPECT_THAT(error_of("signals-on", "[\"no-such\"]"), HasSubstr("[function.review.config] in sluice.toml"));
}

TEST(SettingsTest, BuiltInRulesNameWhatTheyLeaveOut) {
  const Settings settings = read({});
  EXPECT_THAT(ignored_by(settings, "a/package-lock.json").value_or(""),
              HasSubstr("lock file (built-in rule"));
  EXPECT_THAT(ignored_by(settings, "vendor/x/y.go").value_or(""), HasSubstr("vendored"));
  EXPECT_THAT(ignored_by(settings, "api/v1.pb.go").value_or(""), HasSubstr("generated"));
  EXPECT_THAT(ignored_by(settings, "web/app.min.js").value_or(""), HasSubstr("minified"));
  EXPECT_THAT(ignored_by(settings, "t/__snapshots__/a.js.snap").value_or(""), HasSubstr("snapshot"));
  EXPECT_THAT(ignored_by(settings, "logo.png").value_or(""), HasSubstr("binary"));
  EXPECT_FALSE(ignored_by(settings, "src/main.cc").has_value());
}

TEST(SettingsTest, LaterRulesWin) {
  const Settings settings = read({{"ignore-paths", "[\"docs/\", \"!docs/api.md\", \"!Cargo.lock\"]"}});
  EXPECT_THAT(ignored_by(settings, "docs/a.md").value_or(""), HasSubstr("`ignore-paths` (`docs/`)"));
  EXPECT_FALSE(ignored_by(settings, "docs/api.md").has_value());
  EXPECT_FALSE(ignored_by(settings, "Cargo.lock").has_value());
}

}  // namespace
}  // namespace review
