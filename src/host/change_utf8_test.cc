#include "host/change_utf8.h"

#include <gmock/gmock.h>

#include <string>

namespace sluice::host {
namespace {

std::vector<ChangedFile> named(std::initializer_list<const char*> names) {
  std::vector<ChangedFile> files;
  for (const char* name : names) files.emplace_back().path = name;
  return files;
}

std::vector<std::string> names_of(const std::vector<ChangedFile>& files) {
  std::vector<std::string> names;
  for (const ChangedFile& file : files) names.push_back(file.path);
  return names;
}

TEST(ChangeUtf8, LeavesWhatIsUtf8) {
  auto files = named({"a.py", "l\u00e4t.py", "a.py"});
  EXPECT_EQ(make_utf8(files), 0U);
  EXPECT_THAT(names_of(files), testing::ElementsAre("a.py", "l\u00e4t.py", "a.py"));
}

TEST(ChangeUtf8, CountsPlacesOfNamesAndPatches) {
  auto files = named({"lat\xe9.py"});
  files[0].previous_path = "l\xe4t.py";
  files[0].patch = "@@ -1 +1 @@\n-\xff\n+\xfe";
  EXPECT_EQ(make_utf8(files), 4U);
  EXPECT_EQ(files[0].path, "lat\uFFFD.py");
  EXPECT_EQ(files[0].previous_path, "l\uFFFDt.py");
  EXPECT_EQ(files[0].patch, "@@ -1 +1 @@\n-\uFFFD\n+\uFFFD");
}

TEST(ChangeUtf8, NamesThatWouldBecomeEqualStayApart) {
  auto files = named({"x\xe9.py", "x\xe8.py", "x\uFFFD(3).py", "x\xe9.py", "x\xe7.py"});
  files[4].previous_path = "x\xe8.py";
  make_utf8(files);
  EXPECT_THAT(names_of(files), testing::ElementsAre("x\uFFFD.py", "x\uFFFD(2).py", "x\uFFFD(3).py",
                                                    "x\uFFFD.py", "x\uFFFD(4).py"));
  EXPECT_EQ(files[4].previous_path, "x\uFFFD(2).py");
}

}  // namespace
}  // namespace sluice::host
