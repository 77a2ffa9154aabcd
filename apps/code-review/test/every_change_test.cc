// The whole way from an event to comments, over every real patch of tests/data/changes, and each taken back:
// the stand-in refuses what GitHub would refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "fake_pulls.h"
#include "handler.h"
#include "patch_file.h"

namespace review {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class StoppedClock final : public Clock {
 public:
  std::uint64_t now_ms() override { return 0; }
};

class NoLog final : public Log {
 public:
  void info(std::string_view /*message*/) override {}
  void progress(std::string_view /*message*/) override {}
};

std::vector<fs::path> patches() {
  std::vector<fs::path> out;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(SLUICE_SOURCE_DIR) / "tests/data/changes")) {
    if (entry.path().extension() == ".patch") out.push_back(entry.path());
  }
  EXPECT_GT(out.size(), 100U);
  return out;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// Bytes that are no UTF-8 never reach the app: whoever answers `pulls` decodes them.
bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void review_all_of(const PatchFile& change, const std::string& name) {
  FakePulls pulls;
  pulls.about.title = change.title;
  pulls.about.head_sha = std::string(40, 'a');
  std::size_t hunks = 0;
  for (const PatchPart& part : change.parts) {
    pulls.changed.push_back(
        {.path = part.path, .previous_path = part.previous_path, .status = part.status, .patch = part.patch});
    hunks += parse_patch(part.patch).hunks.size();
  }
  const json event = {{"repository", {{"owner", {{"login", "octo"}}}, {"name", "app"}}},
                      {"pull_request", {{"number", 5}, {"state", "open"}}}};
  const std::vector<SettingPair> settings = {{"inline-severity", "info"}, {"max-inline-comments", "100"}};
  StoppedClock clock;
  NoLog log;
  const auto result = handle("com.github.pull_request.opened", event.dump(), {pulls, clock, log, settings});
  ASSERT_TRUE(result.has_value()) << name << ": " << result.error().text;
  const json outcome = json::parse(*result, nullptr, false);
  ASSERT_TRUE(outcome.is_object()) << name;
  EXPECT_FALSE(outcome["posted"].contains("inline_refused")) << name << ": " << outcome["posted"].dump();
  EXPECT_EQ(outcome["review"]["usage"]["findings_unresolved"], 0) << name;
  EXPECT_EQ(outcome["review"]["usage"]["hunks"], hunks) << name;
  for (const json& risk : outcome["review"]["risks"]) {
    const InlineComment comment{risk["file"], risk["side"] == "LEFT" ? Side::left : Side::right, risk["line"],
                                0, ""};
    EXPECT_TRUE(pulls.in_diff(comment)) << name << ": " << risk.dump();
  }
  ASSERT_EQ(pulls.conversation.size(), 1U) << name;
}

TEST(EveryChangeTest, NoFindingIsOutsideTheChangeAndNoHunkIsForgotten) {
  for (const fs::path& path : patches()) {
    const std::string text = read_file(path);
    if (!is_ascii(text)) continue;
    const PatchFile change = read_patch_file(text);
    review_all_of(change, path.filename());
    review_all_of(reverse(change), path.filename().string() + " reversed");
  }
}

}  // namespace
}  // namespace review
