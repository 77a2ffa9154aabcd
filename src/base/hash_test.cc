#include "base/hash.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/unique_fd.h"

namespace sluice {
namespace {

// FIPS 180-2, appendix B.
TEST(Hash, Sha256) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, Sha256OfAFile) {
  const std::filesystem::path path = testing::TempDir() + "hash-" + std::to_string(::getpid());
  const std::string bytes((5U << 20U) + 17, 'x');
  std::ofstream(path) << bytes;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::uint64_t told = 0;
  const auto sum =
      sha256_hex_of_file(file.get(), bytes.size(), path, [&](std::uint64_t done) { told = done; });
  ASSERT_TRUE(sum) << sum.error().to_string();
  EXPECT_EQ(*sum, sha256_hex(bytes));
  EXPECT_EQ(told, bytes.size());
  // Wherever the descriptor stands, the whole file counts.
  lseek(file.get(), 100, SEEK_SET);
  EXPECT_EQ(sha256_hex_of_file(file.get(), bytes.size(), path, {}).value(), *sum);
  EXPECT_EQ(sha256_hex_of_file(file.get(), 3, path, {}).value(), sha256_hex("xxx"));
  std::filesystem::remove(path);
  const auto none = sha256_hex_of_file(-1, 1, "/nowhere", {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().what, "read /nowhere");
}

// RFC 4231, test cases 2 and 6.
TEST(Hash, HmacSha256) {
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(to_hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hash, PartsDoNotFlowIntoEachOther) {
  EXPECT_EQ(hmac_sha256_of_parts("k", {"ab", "c"}), hmac_sha256_of_parts("k", {"ab", "c"}));
  EXPECT_NE(hmac_sha256_of_parts("k", {"ab", "c"}), hmac_sha256_of_parts("k", {"a", "bc"}));
  EXPECT_NE(hmac_sha256_of_parts("k", {"ab", "c"}), hmac_sha256_of_parts("k", {"abc"}));
  EXPECT_NE(hmac_sha256_of_parts("k", {"ab", ""}), hmac_sha256_of_parts("k", {"ab"}));
  EXPECT_NE(hmac_sha256_of_parts("k", {"ab"}), hmac_sha256_of_parts("l", {"ab"}));
}

TEST(Hash, EqualInConstantTime) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST(Hash, Hex) {
  EXPECT_EQ(to_hex(std::string_view("\x00\xff\x1a", 3)), "00ff1a");
  EXPECT_EQ(to_hex(""), "");
}

}  // namespace
}  // namespace sluice
