#include "wasm/program_file.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "wasm/signatures.h"

namespace sluice::wasm {
namespace {

using namespace std::string_view_literals;
using testing::HasSubstr;

const CodeIdentity mine{"engine-1", "1,2,3,", "run-1"};

class CompiledFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("sluice-program-file-" + std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Cache cache(const std::string& name) { return *Cache::open(folder_ / name); }

  std::filesystem::path folder_;
};

TEST_F(CompiledFiles, ComeBackAsTheyWere) {
  const Cache key = cache("a");
  const std::string code(5'000, 'c');
  const std::string packed = pack_compiled({mine, true, true, FileKind::component, code}, key);
  EXPECT_EQ(kind_of(packed), FileKind::compiled);
  const auto file = unpack_compiled(packed, mine, key, "x.cwasm");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->code, code);
  EXPECT_EQ(file->kind, FileKind::component);
  EXPECT_TRUE(file->counts_gas);
  EXPECT_TRUE(file->numbers_only);
}

TEST_F(CompiledFiles, EveryChangedOrMissingByteIsSeen) {
  const Cache key = cache("a");
  const std::string packed = pack_compiled({mine, false, false, FileKind::module, "code"}, key);
  for (std::size_t i = 0; i < packed.size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      std::string changed = packed;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_FALSE(unpack_compiled(changed, mine, key, "x")) << "byte " << i;
    }
    EXPECT_FALSE(unpack_compiled(std::string_view(packed).substr(0, i), mine, key, "x"))
        << "up to byte " << i;
  }
  EXPECT_FALSE(unpack_compiled(packed + "x", mine, key, "x"));
}

TEST_F(CompiledFiles, AnotherKeyEngineProcessorOrSettingsAreRefused) {
  const Cache key = cache("a");
  const std::string packed = pack_compiled({mine, false, false, FileKind::module, "code"}, key);
  EXPECT_THAT(unpack_compiled(packed, mine, cache("b"), "x").error().why, HasSubstr("key"));
  const auto why = [&](const CodeIdentity& other) {
    return unpack_compiled(packed, other, key, "x").error().why;
  };
  EXPECT_THAT(why({"engine-2", mine.cpu, mine.settings}), HasSubstr("engine"));
  EXPECT_THAT(why({mine.engine, "1,2,", mine.settings}), HasSubstr("processor"));
  EXPECT_THAT(why({mine.engine, mine.cpu, "run-2"}), HasSubstr("settings"));
}

TEST(ProgramFile, KindsByContent) {
  EXPECT_EQ(kind_of("\0asm\x01\0\0\0"sv), FileKind::module);
  EXPECT_EQ(kind_of("\0asm\x0d\0\x01\0"sv), FileKind::component);
  EXPECT_EQ(kind_of("\0asm\x02\0\0\0"sv), FileKind::other);
  EXPECT_EQ(kind_of("\0asm"sv), FileKind::other);
  EXPECT_EQ(kind_of(""), FileKind::other);
  EXPECT_EQ(kind_of(" ;; comment\n\t(module)"), FileKind::text);
  EXPECT_EQ(kind_of("(component)"), FileKind::text);
  EXPECT_EQ(kind_of("(modul"), FileKind::other);
  EXPECT_EQ(kind_of(";; only a comment"), FileKind::other);
}

TEST(Signatures, NumbersAndOtherValues) {
  // (module (func (export "n") (param i32 f64)) (func (export "v") (result v128) …))
  const std::string_view bytes =
      "\0asm\1\0\0\0"
      "\x01\x0a\x02\x60\x02\x7f\x7c\x00\x60\x00\x01\x7b"
      "\x03\x03\x02\x00\x01"
      "\x07\x09\x02\x01n\x00\x00\x01v\x00\x01"sv;
  EXPECT_TRUE(takes_numbers_only(bytes, "n"));
  EXPECT_FALSE(takes_numbers_only(bytes, "v"));
  EXPECT_FALSE(takes_numbers_only(bytes, "none"));
  EXPECT_FALSE(all_take_numbers_only(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(takes_numbers_only(bytes.substr(0, size), "v"));
  }
}

}  // namespace
}  // namespace sluice::wasm
