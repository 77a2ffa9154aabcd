#include "nn/plugin.h"

#include <elf.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
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

// What comes behind is not loaded: names of sections, and what a debugger wants to know.
std::size_t loaded_bytes(const std::string& file) {
  Elf64_Ehdr head{};
  std::memcpy(&head, file.data(), sizeof head);
  std::size_t end = 0;
  for (std::size_t i = 0; i < head.e_phnum; ++i) {
    Elf64_Phdr part{};
    std::memcpy(&part, file.data() + head.e_phoff + i * sizeof part, sizeof part);
    if (part.p_type == PT_LOAD) end = std::max<std::size_t>(end, part.p_offset + part.p_filesz);
  }
  return end;
}

TEST_F(PluginTest, OneThatIsCutOffIsRefused) {
  const std::size_t size = loaded_bytes(whole());
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{10}, std::size_t{63}, std::size_t{64},
                                  std::size_t{100}, std::size_t{5000}, size / 4, size / 2, size - 1}) {
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
