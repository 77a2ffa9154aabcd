#include "nn/hashed_files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/hash.h"
#include "nn/model_file.h"

namespace sluice::nn {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class HashedFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) / ("hashed-files-" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    // Long after the files were made.
    clock_.set(std::chrono::system_clock::now() + std::chrono::hours(1));
  }
  void TearDown() override { fs::remove_all(folder_); }

  HashedFiles files() {
    return {folder_ / "kept" / "hashes", clock_,
            [this](const fs::path&, std::uint64_t done, std::uint64_t) { read_ += done; }};
  }
  fs::path write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::trunc) << text;
    return folder_ / name;
  }
  fs::path entry() const { return fs::directory_iterator(folder_ / "kept" / "hashes")->path(); }

  fs::path folder_;
  FakeClock clock_;
  std::uint64_t read_ = 0;  // bytes, of all files
};

TEST_F(HashedFilesTest, ReadsAFileOnce) {
  const fs::path path = write("m", "some bytes");
  EXPECT_FALSE(files().known(path));
  const auto first = files().hash("look", path);
  ASSERT_TRUE(first) << first.error().to_string();
  EXPECT_EQ(first->sha256, sha256_hex("some bytes"));
  EXPECT_EQ(read_, 10U);
  const auto again = files().hash("look", path);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->sha256, first->sha256);
  EXPECT_EQ(again->stamp, first->stamp);
  EXPECT_EQ(files().known(path)->sha256, first->sha256);
  EXPECT_EQ(read_, 10U);
  files().forget(path);
  EXPECT_FALSE(files().known(path));
}

TEST_F(HashedFilesTest, AFileThatChangedIsReadAgain) {
  const fs::path path = write("m", "one");
  ASSERT_TRUE(files().hash("look", path));
  // The same length and time of modification: its time of change tells.
  struct stat before{};
  ASSERT_EQ(stat(path.c_str(), &before), 0);
  write("m", "two");
  const timespec times[] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  EXPECT_FALSE(files().known(path));
  EXPECT_EQ(files().hash("look", path)->sha256, sha256_hex("two"));
  // Another file in its place.
  write("other", "six");
  fs::rename(folder_ / "other", path);
  EXPECT_EQ(files().hash("look", path)->sha256, sha256_hex("six"));
}

TEST_F(HashedFilesTest, WhatHasJustChangedIsNotKept) {
  const fs::path path = write("m", "young");
  clock_.set(std::chrono::system_clock::now());
  EXPECT_TRUE(files().hash("look", path));
  EXPECT_FALSE(files().known(path));
}

TEST_F(HashedFilesTest, KeptHashesThatOthersMayHaveWrittenDoNotCount) {
  const fs::path path = write("m", "bytes");
  ASSERT_TRUE(files().hash("look", path));
  ASSERT_TRUE(files().known(path));
  fs::permissions(entry(), fs::perms::others_write, fs::perm_options::add);
  EXPECT_FALSE(files().known(path));
  fs::permissions(entry(), fs::perms::others_write, fs::perm_options::remove);
  EXPECT_TRUE(files().known(path));
  const fs::path kept = folder_ / "kept" / "hashes";
  fs::permissions(kept, fs::perms::group_write, fs::perm_options::add);
  EXPECT_FALSE(files().known(path));
  EXPECT_EQ(files().hash("look", path)->sha256, sha256_hex("bytes"));
  fs::permissions(kept, fs::perms::group_write, fs::perm_options::remove);
  // A link to a folder elsewhere.
  fs::rename(kept, folder_ / "elsewhere");
  fs::create_directory_symlink(folder_ / "elsewhere", kept);
  EXPECT_FALSE(files().known(path));
}

TEST_F(HashedFilesTest, DamagedEntriesDoNotCount) {
  const fs::path path = write("m", "bytes");
  ASSERT_TRUE(files().hash("look", path));
  std::ifstream in(entry());
  const std::string good(std::istreambuf_iterator<char>(in), {});
  for (std::size_t size = 0; size < good.size(); ++size) {
    std::ofstream(entry(), std::ios::trunc) << good.substr(0, size);
    EXPECT_FALSE(files().known(path)) << size;
  }
  std::string other = good;
  other[other.size() - 2] = 'X';
  std::ofstream(entry(), std::ios::trunc) << other;
  EXPECT_FALSE(files().known(path));
  EXPECT_EQ(files().hash("look", path)->sha256, sha256_hex("bytes"));
  EXPECT_TRUE(files().known(path));
}

TEST_F(HashedFilesTest, WithoutAPlaceEverythingWorks) {
  const fs::path path = write("m", "bytes");
  const HashedFiles none({}, clock_);
  EXPECT_EQ(none.hash("look", path)->sha256, sha256_hex("bytes"));
  EXPECT_FALSE(none.known(path));
  write("file", "");
  const HashedFiles nowhere(folder_ / "file" / "below", clock_);
  EXPECT_EQ(nowhere.hash("look", path)->sha256, sha256_hex("bytes"));
}

TEST_F(HashedFilesTest, VerifyNamesBothHashes) {
  const fs::path path = write("m", "bytes");
  EXPECT_TRUE(files().verify("use m", path, sha256_hex("bytes")));
  const auto wrong = files().verify("use m", path, std::string(64, '0'));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::corrupt);
  EXPECT_EQ(wrong.error().what, "use m");
  EXPECT_THAT(wrong.error().why, HasSubstr(sha256_hex("bytes")));
  EXPECT_THAT(wrong.error().why, HasSubstr(std::string(64, '0')));
}

TEST_F(HashedFilesTest, WhatIsNoModelFileIsAnError) {
  EXPECT_EQ(files().hash("look", folder_ / "none").error().code, ErrorCode::not_found);
  EXPECT_EQ(files().hash("look", folder_).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(files().hash("look", write("empty", "")).error().code, ErrorCode::corrupt);
  // A pipe that nobody writes to does not keep us waiting.
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(files().hash("look", folder_ / "pipe").error().code, ErrorCode::invalid_input);
  const fs::path part = write("big-00001-of-00003.gguf", "bytes");
  const auto refused = files().verify("use big", part, sha256_hex("bytes"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().why, HasSubstr("part of a model"));
}

TEST_F(HashedFilesTest, AnOpenedFileStaysTheSameWhateverItsNameLeadsTo) {
  const fs::path path = write("m", "first");
  const auto opened = OpenedFile::open("look", path);
  ASSERT_TRUE(opened);
  write("other", "second");
  fs::rename(folder_ / "other", path);
  EXPECT_EQ(opened->hash({}).error().code, ErrorCode::unavailable);  // its last name is gone: a change
  std::ifstream in(opened->name_of_opened());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "first");
}

TEST_F(HashedFilesTest, AFileThatIsWrittenToMeanwhileHasNoHash) {
  const fs::path path = write("m", "first");
  const auto opened = OpenedFile::open("look", path);
  ASSERT_TRUE(opened);
  const auto hash = opened->hash([&](std::uint64_t) { std::ofstream(path, std::ios::app) << "more"; });
  ASSERT_FALSE(hash);
  EXPECT_THAT(hash.error().why, HasSubstr("while it was read"));
}

}  // namespace
}  // namespace sluice::nn
