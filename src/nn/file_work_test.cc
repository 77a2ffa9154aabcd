#include "nn/file_work.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "nn/file_work_lines.h"
#include "nn/new_file.h"
#include "nn/testing/engine_fixture.h"

namespace sluice::nn {
namespace {

namespace fs = std::filesystem;
using testing::fake_model;
using ::testing::HasSubstr;

class FileWorkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) / ("file-work-" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static ModelsSettings settings() { return {testing::binaries() / "nn_worker", testing::binaries()}; }
  static Result<ModelFacts> inspect(const fs::path& path) { return inspect_model(settings(), "fake", path); }
  Status quantize(const fs::path& source, const std::string& type = "half") {
    return quantize_model(settings(), "fake", {source, folder_ / "out", type, 1}, {});
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  fs::path folder_;
};

TEST_F(FileWorkTest, TellsWhatAModelIs) {
  const auto facts = inspect(fake_model("facts", "embedding"));
  ASSERT_TRUE(facts) << facts.error().to_string();
  EXPECT_EQ(facts->word("description"), "fake 1K");
  EXPECT_EQ(facts->word("no such word"), "");
  EXPECT_EQ(facts->parameters, 1000U);
  EXPECT_EQ(facts->context_trained, 4096U);
  EXPECT_TRUE(facts->is_embedding);
}

TEST_F(FileWorkTest, BadFilesAreErrorsThatSayWhy) {
  EXPECT_EQ(inspect("/nowhere/model").error().code, ErrorCode::not_found);
  EXPECT_EQ(inspect("/").error().code, ErrorCode::invalid_input);
  const fs::path other = folder_ / "other";
  std::ofstream(other) << "GGUF?";
  EXPECT_THAT(inspect(other).error().why, HasSubstr("no fake model"));
  EXPECT_THAT(inspect_model(settings(), "none", other).error().what, HasSubstr("sluice-nn-none.so"));
}

TEST_F(FileWorkTest, ALibraryThatAbortsIsAnErrorWithItsLastWords) {
  const auto crashed = inspect(fake_model("crash", "abort"));
  ASSERT_FALSE(crashed);
  EXPECT_EQ(crashed.error().code, ErrorCode::unavailable);
  EXPECT_THAT(crashed.error().why, HasSubstr("signal 6"));
  EXPECT_THAT(crashed.error().why, HasSubstr("aborts while it is loaded"));
}

TEST_F(FileWorkTest, WritesAnotherFileWhole) {
  const auto made = quantize(fake_model("source", "of words"));
  ASSERT_TRUE(made) << made.error().to_string();
  std::ifstream in(folder_ / "out");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "FAKE MODEL half");
  // What is there is not overwritten.
  const auto again = quantize(fake_model("source", "of words"), "other");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(again.error().to_string(), HasSubstr((folder_ / "out").string()));
  EXPECT_EQ(files(), 1U);
}

TEST_F(FileWorkTest, NothingIsLeftOfAFileThatFailed) {
  const fs::path source = fake_model("failing", "");
  const auto refused = quantize(source, "refused");
  ASSERT_FALSE(refused);
  // The library knows the file by another name.
  EXPECT_THAT(refused.error().why, HasSubstr((folder_ / "out").string()));
  EXPECT_THAT(refused.error().why, Not(HasSubstr("/proc/")));
  EXPECT_FALSE(quantize(source, "abort"));
  EXPECT_EQ(files(), 0U);
}

TEST(NewFileTest, AppearsWhenItIsPublished) {
  const fs::path folder = fs::path(::testing::TempDir()) / ("new-file-" + std::to_string(getpid()));
  fs::create_directories(folder);
  const fs::path path = folder / "file";
  {
    auto file = NewFile::create(path);
    ASSERT_TRUE(file) << file.error().to_string();
    std::ofstream(file->name_of_opened()) << "text";
    EXPECT_EQ(file->bytes(), 4U);
    EXPECT_FALSE(fs::exists(path));
  }
  EXPECT_TRUE(fs::is_empty(folder));
  auto first = NewFile::create(path);
  auto second = NewFile::create(path);
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(first->publish());
  EXPECT_TRUE(fs::exists(path));
  EXPECT_EQ(second->publish().error().code, ErrorCode::invalid_input);
  EXPECT_EQ(NewFile::create(path).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(NewFile::create(folder / "none" / "file").error().code, ErrorCode::not_found);
  fs::remove_all(folder);
}

TEST(FileWorkLines, PathsNeedNotBeText) {
  const fs::path path("/a\xff\x01/b");
  EXPECT_EQ(path_of_hex(hex_of_path(path)), path);
  EXPECT_FALSE(path_of_hex("0"));
  EXPECT_FALSE(path_of_hex("0g"));
}

TEST(FileWorkLines, WhatAnotherProcessWroteMayBeAnything) {
  for (const char* text : {"null", "1", "[]", "{}", R"({"words":1,"parameters":-1,"layers":"x"})",
                           R"({"words":{"a":1},"code":99,"what":[],"is_embedding":1})"}) {
    const auto value = nlohmann::json::parse(text);
    EXPECT_EQ(facts_of(value).parameters, 0U) << text;
    EXPECT_TRUE(facts_of(value).words.empty()) << text;
    EXPECT_EQ(error_of(value).what, "") << text;
  }
  ModelFacts facts;
  facts.words = {{"license", "mit"}};
  facts.parameters = 7;
  facts.layers = 3;
  facts.has_chat_template = true;
  const ModelFacts read = facts_of(nlohmann::json::parse(line_of(to_json(facts))));
  EXPECT_EQ(read.words, facts.words);
  EXPECT_EQ(read.parameters, 7U);
  EXPECT_EQ(read.layers, 3U);
  EXPECT_TRUE(read.has_chat_template);
  const Error error{ErrorCode::corrupt, "a", "b\xff", "c"};
  const Error same = error_of(nlohmann::json::parse(line_of(to_json(error))));
  EXPECT_EQ(same.code, ErrorCode::corrupt);
  EXPECT_EQ(same.todo, "c");
}

}  // namespace
}  // namespace sluice::nn
