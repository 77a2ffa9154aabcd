#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

namespace sluice {
namespace {

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/files.XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  std::filesystem::path folder_;
};

TEST_F(Files, WhatIsWrittenIsRead) {
  const auto path = folder_ / "a";
  for (const std::string& content : {std::string(), std::string("x\0y\n", 4), std::string(300'000, 'z')}) {
    ASSERT_TRUE(write_file_atomically(path, content).has_value());
    EXPECT_EQ(read_file(path, 300'000).value(), content);
  }
  EXPECT_EQ(count(), 1U) << "no temporary file is left";
}

TEST_F(Files, SizeLimitIsExact) {
  const auto path = folder_ / "a";
  ASSERT_TRUE(write_file_atomically(path, "12345").has_value());
  EXPECT_EQ(read_file(path, 5).value(), "12345");
  const auto cut = read_file(path, 4);
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().code, ErrorCode::limit);
  EXPECT_NE(cut.error().to_string().find("4 bytes"), std::string::npos);
  EXPECT_EQ(read_file(path, static_cast<std::size_t>(-1)).value(), "12345");
}

TEST_F(Files, SizesThatTheSystemDoesNotTellAreReadWhole) {
  EXPECT_GT(read_file("/proc/self/stat", 1 << 20).value().size(), 10U);
  EXPECT_EQ(read_file("/dev/zero", 1 << 20).error().code, ErrorCode::limit);
}

TEST_F(Files, ErrorsSayWhatAndWhy) {
  const auto missing = read_file(folder_ / "none", 10).error();
  EXPECT_EQ(missing.code, ErrorCode::not_found);
  EXPECT_NE(missing.to_string().find("none: No such file"), std::string::npos);
  EXPECT_EQ(read_file(folder_, 10).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(write_file_atomically(folder_ / "no" / "a", "x").error().code, ErrorCode::not_found);
  ASSERT_TRUE(std::filesystem::create_directories(folder_ / "d" / "e"));
  EXPECT_FALSE(write_file_atomically(folder_ / "d", "x").has_value());
  EXPECT_EQ(count(), 1U) << "a failed write leaves nothing";
}

TEST_F(Files, ModeAndLinks) {
  const auto target = folder_ / "target";
  const auto link = folder_ / "link";
  ASSERT_TRUE(write_file_atomically(target, "old", 0600).has_value());
  struct stat info{};
  ASSERT_EQ(stat(target.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  std::filesystem::create_symlink(target, link);
  ASSERT_TRUE(write_file_atomically(link, "new").has_value());
  EXPECT_EQ(read_file(target, 10).value(), "old");
  EXPECT_EQ(read_file(link, 10).value(), "new");
}

}  // namespace
}  // namespace sluice
