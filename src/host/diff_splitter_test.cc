#include "host/diff_splitter.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::host {
namespace {

FileStatus status_of(const std::string& rest) {
  const SplitDiff split = split_diff("diff --git a/x b/x\n" + rest);
  EXPECT_EQ(split.files.size(), 1U);
  return split.files.at(0).status;
}

const std::string modes = "old mode 100644\nnew mode 100755\n";

TEST(DiffSplitter, ChangedMeansThatTheContentIsTheSame) {
  EXPECT_EQ(status_of(modes), FileStatus::changed);
  EXPECT_EQ(status_of(modes + "index 1111111..2222222\nBinary files a/x and b/x differ\n"),
            FileStatus::modified);
  EXPECT_EQ(status_of(modes + "index 1111111..2222222\nGIT binary patch\nliteral 0\nHcmV?d00001\n\n"),
            FileStatus::modified);
  EXPECT_EQ(status_of(modes + "index 1111111..2222222\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"),
            FileStatus::modified);
  EXPECT_EQ(
      status_of("new file mode 100644\nindex 0000000..2222222\nBinary files /dev/null and b/x differ\n"),
      FileStatus::added);
}

TEST(DiffSplitter, NamesAreTheBytesThatWereQuoted) {
  const SplitDiff split = split_diff(R"(diff --git "a/lat\351.py" "b/lat\351.py"
similarity index 100%
rename from "l\344t\t.py"
rename to "lat\351.py"
)");
  ASSERT_EQ(split.files.size(), 1U);
  EXPECT_EQ(split.files[0].path, "lat\xe9.py");
  EXPECT_EQ(split.files[0].previous_path, "l\xe4t\t.py");
}

}  // namespace
}  // namespace sluice::host
