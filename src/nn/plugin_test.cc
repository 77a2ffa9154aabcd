#include "nn/plugin.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "nn/testing/engine_fixture.h"

namespace sluice::nn {
namespace {

using ::testing::HasSubstr;

class PluginTest : public ::testing::Test {
 protected:
  // The first `bytes` of the fake backend, or all of it, under a name of its own: each file is loaded once.
  static std::filesystem::path beginning(std::size_t bytes) {
    const auto path = std::filesystem::temp_directory_path() /
                      ("sluice-" + std::to_string(getpid()) + "-" + std::to_string(bytes) + ".so");
    std::ofstream(path, std::ios::binary) << whole().substr(0, bytes);
    return path;
  }
  static std::string whole() {
    std::ifstream file(testing::binaries() / "sluice-nn-fake.so", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(PluginTest, OneThatIsCutOffIsRefused) {
  const std::size_t size = whole().size();
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{10}, std::size_t{63}, std::size_t{64},
                                  std::size_t{100}, std::size_t{5000}, size / 4, size / 2}) {
    const auto path = beginning(bytes);
    const auto loaded = load_plugin(path, nullptr);
    std::filesystem::remove(path);
    ASSERT_FALSE(loaded) << bytes;
    if (bytes >= 64) {
      EXPECT_THAT(loaded.error().why, HasSubstr("cut off")) << bytes;
    }
  }
}

TEST_F(PluginTest, AWholeOneIsLoaded) {
  const auto path = beginning(whole().size());
  EXPECT_TRUE(load_plugin(path, nullptr));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace sluice::nn
