#include "flow/manifest.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "flow/manifest_json.h"
#include "flow/manifest_syntax.h"

namespace sluice::flow {
namespace {

namespace fs = std::filesystem;

const fs::path data_folder = fs::path{SLUICE_SOURCE_DIR} / "tests/data/manifests";

std::string read(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<fs::path> cases(const char* folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator{data_folder / folder}) {
    if (entry.path().extension() == ".toml") found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

std::string case_name(const testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
}

class GoodManifest : public testing::TestWithParam<fs::path> {};

TEST_P(GoodManifest, ReadsAsTheJsonBesideIt) {
  const auto manifest = parse_manifest(read(GetParam()), "sluice.toml");
  ASSERT_TRUE(manifest) << manifest.error().to_string();
  const std::string expected = read(fs::path{GetParam()}.replace_extension(".json"));
  EXPECT_EQ(to_json(*manifest).dump(2) + "\n", expected);
}

INSTANTIATE_TEST_SUITE_P(Data, GoodManifest, testing::ValuesIn(cases("good")), case_name);

class BadManifest : public testing::TestWithParam<fs::path> {};

TEST_P(BadManifest, TellsEveryProblemAsTheTextBesideIt) {
  const auto manifest = parse_manifest(read(GetParam()), "sluice.toml");
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().to_string() + "\n", read(fs::path{GetParam()}.replace_extension(".txt")));
}

INSTANTIATE_TEST_SUITE_P(Data, BadManifest, testing::ValuesIn(cases("bad")), case_name);

// A change of one character gives a manifest or problems with a place, and both are the same when read again.
TEST(Manifest, SurvivesAnyChangeOfAGoodOne) {
  const std::string good = read(data_folder / "good/everything.toml");
  EXPECT_TRUE(rc::check([&](std::uint8_t c) {
    std::string text = good;
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    if (*rc::gen::arbitrary<bool>()) {
      text[at] = static_cast<char>(c);
    } else {
      text.erase(at, *rc::gen::inRange<std::size_t>(1, 40));
    }
    const auto first = parse_manifest(text, "x.toml");
    const auto again = parse_manifest(text, "x.toml");
    RC_ASSERT(first.has_value() == again.has_value());
    if (first) {
      RC_ASSERT(to_json(*first) == to_json(*again));
    } else {
      RC_ASSERT(!first.error().empty());
      RC_ASSERT(first.error().to_string() == again.error().to_string());
    }
  }));
}

TEST(Manifest, StopsAfterAHundredProblems) {
  std::string text = "app.name = \"x\"\nfunction.f.component = \"f\"\n";
  for (int i = 0; i < 250; ++i) text += "unknown" + std::to_string(i) + " = 1\n";
  const auto manifest = parse_manifest(text, "x.toml");
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().list().size(), 100U);
  EXPECT_EQ(manifest.error().list().front().at.line, 3U);
  EXPECT_NE(manifest.error().to_string().find("and 150 more"), std::string::npos);
}

TEST(Manifest, RefusesTooMuchText) {
  const auto long_text = parse_manifest(std::string((1 << 20) + 1, '\n'), "x.toml");
  ASSERT_FALSE(long_text);
  EXPECT_EQ(long_text.error().to_string(), "x.toml: is 1048577 bytes long; at most 1048576 are read");
  std::string sections = "app.name = \"x\"\nfunction.f.component = \"f\"\n";
  for (int i = 0; i < 1001; ++i) sections += "[model.m" + std::to_string(i) + "]\n";
  const auto many = parse_manifest(sections, "x.toml");
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().to_string(), "x.toml:3:1: model: 1001 entries; at most 1000 are read");
}

TEST(Manifest, FindsLinksByInterface) {
  const auto manifest = parse_manifest(read(data_folder / "good/everything.toml"), "x.toml");
  ASSERT_TRUE(manifest);
  const Function* first = manifest->find_function("first");
  ASSERT_NE(first, nullptr);
  EXPECT_NE(first->find_link("a:b/c@9.9.9"), nullptr);
  EXPECT_NE(first->find_link("sluice:random/bytes@2.0.0"), nullptr);
  EXPECT_EQ(first->find_link("sluice:random/bytes@3.0.0"), nullptr);
  EXPECT_EQ(first->find_link("a:b/cc@9.9.9"), nullptr);
  EXPECT_EQ(manifest->find_function("third"), nullptr);
}

TEST(Manifest, KeepsTheOrderOfTheFileAndPositions) {
  const auto manifest = parse_manifest(
      "[app]\nname = \"x\"\n[function.zoo]\n  component = \"z.wasm\"\n[function.ape]\ncomponent = "
      "\"a.wasm\"\n",
      "x.toml");
  ASSERT_TRUE(manifest);
  ASSERT_EQ(manifest->functions.size(), 2U);
  EXPECT_EQ(*manifest->functions[0].name, "zoo");
  EXPECT_EQ(manifest->functions[0].component.at, (Origin{4, 15, "function.zoo.component"}));
}

class ManifestFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path{testing::TempDir()} / ("manifest-files-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "app");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& path, std::string_view text) { std::ofstream{folder_ / path} << text; }

  fs::path folder_;
};

constexpr std::string_view one_function = "[app]\nname = \"x\"\n[function.f]\ncomponent = \"f.wasm\"\n";

TEST_F(ManifestFiles, LoadsAnApp) {
  write("app/sluice.toml", one_function);
  write("app/f.wasm", "");
  const auto manifest = load_manifest(folder_ / "app");
  ASSERT_TRUE(manifest) << manifest.error().to_string();
  EXPECT_EQ(*manifest->name, "x");
}

TEST_F(ManifestFiles, SaysWhatIsMissing) {
  const auto none = load_manifest(folder_ / "app");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().to_string().find((folder_ / "app/sluice.toml").string()), std::string::npos);

  write("app/sluice.toml", one_function);
  const auto missing = load_manifest(folder_ / "app");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().to_string(),
            (folder_ / "app/sluice.toml").string() + ":4:13: function.f.component: there is no file " +
                (folder_ / "app/f.wasm").string() + "; build the component, or correct its path");
  fs::create_directory(folder_ / "app/f.wasm");
  const auto directory = load_manifest(folder_ / "app");
  ASSERT_FALSE(directory);
  EXPECT_NE(directory.error().to_string().find("is not a plain file"), std::string::npos);
}

TEST_F(ManifestFiles, FollowsNoLinkOutOfTheFolder) {
  write("app/sluice.toml", one_function);
  write("outside.wasm", "");
  fs::create_symlink(folder_ / "outside.wasm", folder_ / "app/f.wasm");
  const auto manifest = load_manifest(folder_ / "app");
  ASSERT_FALSE(manifest);
  EXPECT_NE(manifest.error().to_string().find("leads out of the app's folder"), std::string::npos);

  fs::remove(folder_ / "app/f.wasm");
  write("app/real.wasm", "");
  fs::create_symlink("real.wasm", folder_ / "app/f.wasm");
  EXPECT_TRUE(load_manifest(folder_ / "app"));
}

// The reference names every limit with the default and the range that the code has.
TEST(ManifestReference, NamesEveryLimit) {
  const std::string reference = read(fs::path{SLUICE_SOURCE_DIR} / "docs/manifest.md");
  const Limits defaults;
  for (const LimitSetting& setting : limit_settings) {
    const std::string row = "| `" + std::string{setting.name} + "` | " +
                            std::to_string(defaults.*setting.field) + " | " + std::to_string(setting.min) +
                            " to " + std::to_string(setting.max) + " |";
    EXPECT_NE(reference.find(row), std::string::npos) << row;
  }
}

TEST(ManifestReference, NamesEverySettingOfAModel) {
  const std::string reference = read(fs::path{SLUICE_SOURCE_DIR} / "docs/manifest.md");
  for (const ModelSetting& setting : model_settings) {
    const std::string name = "| `" + std::string{setting.name} + "` | ";
    const std::string range =
        " | " + std::to_string(setting.min) + " to " + std::to_string(setting.max) + " |";
    const auto row = reference.find(name, reference.find("## `[model.NAME]`"));
    ASSERT_NE(row, std::string::npos) << name;
    EXPECT_NE(reference.substr(row, reference.find('\n', row) - row).find(range), std::string::npos) << range;
  }
}

}  // namespace
}  // namespace sluice::flow
