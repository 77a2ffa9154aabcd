// docs/review-format.md names every signal with its severity, and every setting of the manifest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "settings.h"
#include "signals.h"
#include "text.h"

namespace review {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(std::string(SLUICE_SOURCE_DIR) + "/" + path);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(DocumentationTest, NamesEverySignal) {
  const std::string text = read_file("docs/review-format.md");
  for (const SignalInfo& info : all_signals()) {
    EXPECT_THAT(text, testing::HasSubstr(concat("| `", info.id, "` | ", name_of(info.severity), " |")));
  }
}

// The app's manifest lists every setting with its default: what is read from it is what an empty table gives.
TEST(DocumentationTest, TheManifestAndTheReferenceNameEverySetting) {
  const std::string manifest = read_file("apps/code-review/sluice.toml");
  const std::string text = read_file("docs/review-format.md");
  const SettingPair unknown[] = {{"no-such-setting", ""}};
  const auto settings = parse_settings(unknown);
  ASSERT_FALSE(settings.has_value());
  std::string_view names = settings.error();
  names.remove_prefix(names.find("the settings are ") + 17);
  names = names.substr(0, names.find(';'));
  while (!names.empty()) {
    const std::string_view name = take_until(names, ' ');
    EXPECT_THAT(text, testing::HasSubstr(concat('`', name, '`'))) << name;
    EXPECT_THAT(manifest, testing::HasSubstr(concat('\n', name, " = "))) << name;
  }
}

}  // namespace
}  // namespace review
