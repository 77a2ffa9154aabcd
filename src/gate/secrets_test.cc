#include "gate/secrets.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <ostream>
#include <type_traits>

namespace sluice::gate {
namespace {

namespace fs = std::filesystem;
using Kind = SecretOrigin::Kind;

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!Printable<SecretText>);
static_assert(!std::is_copy_constructible_v<SecretText>);
static_assert(!std::is_copy_assignable_v<SecretText>);

class LoadSecret : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path{testing::TempDir()} / ("secrets-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<SecretText> from_file(std::string_view text) {
    std::ofstream{folder_ / "secret", std::ios::binary} << text;
    return load_secret("github.token", {Kind::file, "secret"}, folder_, no_variables);
  }

  static const char* no_variables(const std::string& /*name*/) { return nullptr; }

  fs::path folder_;
};

TEST_F(LoadSecret, ReadsAVariable) {
  const auto variable = [](const std::string& name) {
    return name == "TOKEN" ? "from-environment" : nullptr;
  };
  const auto secret = load_secret("github.token", {Kind::environment, "TOKEN"}, folder_, variable);
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->reveal(), "from-environment");
}

TEST_F(LoadSecret, SaysWhichVariableIsMissing) {
  const auto secret = load_secret("github.token", {Kind::environment, "TOKEN"}, folder_, no_variables);
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().code, ErrorCode::not_found);
  EXPECT_EQ(secret.error().what, "load secret `github.token`");
  EXPECT_EQ(secret.error().why, "the environment variable TOKEN is not set");
}

TEST_F(LoadSecret, ReadsAFileWithoutTheNewlinesAtItsEnd) {
  const auto secret = from_file("line one\nline two\r\n\n");
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->reveal(), "line one\nline two");
}

TEST_F(LoadSecret, TakesAnAbsolutePath) {
  std::ofstream{folder_ / "elsewhere"} << "absolutely";
  const auto secret = load_secret("x", {Kind::file, folder_ / "elsewhere"}, "/nonexistent", no_variables);
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->reveal(), "absolutely");
}

TEST_F(LoadSecret, SaysWhichFileIsMissing) {
  const auto secret = load_secret("x", {Kind::file, "nothing"}, folder_, no_variables);
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().code, ErrorCode::not_found);
  EXPECT_NE(secret.error().why.find((folder_ / "nothing").string()), std::string::npos);
  const auto directory = load_secret("x", {Kind::file, "."}, folder_, no_variables);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::unavailable);
}

TEST_F(LoadSecret, RefusesWhatCannotBeASecretWithoutSayingIt) {
  const std::string long_text(secret_bytes_max + 1, 'x');
  for (const std::string text : {"", "\n", "short77", "not\xff utf-8 ", "1234567890.5e+9"}) {
    const auto secret = from_file(text);
    ASSERT_FALSE(secret) << text;
    EXPECT_EQ(secret.error().code, ErrorCode::invalid_input);
    EXPECT_TRUE(text.size() < 2 || secret.error().to_string().find(text) == std::string::npos);
  }
  EXPECT_FALSE(from_file(std::string_view{"zero\0byte", 9}));
  EXPECT_FALSE(from_file(long_text));
  EXPECT_FALSE(from_file(long_text + long_text));
  EXPECT_TRUE(from_file(long_text.substr(1)));
  EXPECT_TRUE(from_file(long_text.substr(1) + "\r\n"));
  EXPECT_TRUE(from_file("just8ch."));
}

Secrets some_secrets() {
  const auto text = [](std::string_view s) { return SecretText{WipedBytes{s.begin(), s.end()}}; };
  Secrets secrets;
  secrets.add("token", text("the-token"), {{"api.example.org", {}}, {"::1", 8443}});
  secrets.add("other", text("the-other"), {{"other.example.org", 443}});
  return secrets;
}

TEST(Secrets, AreForTheirHosts) {
  const Secrets secrets = some_secrets();
  EXPECT_EQ(secrets.use("token", "api.example.org", 443), "the-token");
  EXPECT_EQ(secrets.use("token", "api.example.org", 8080), "the-token");
  EXPECT_EQ(secrets.use("token", "::1", 8443), "the-token");
  EXPECT_EQ(secrets.use("other", "other.example.org", 443), "the-other");
}

TEST(Secrets, AreRefusedToOthers) {
  const Secrets secrets = some_secrets();
  for (const auto* host : {"other.example.org", "example.org", "api.example.org.evil.example",
                           "xapi.example.org", "", "API.example.org", "::1"}) {
    const auto refused = secrets.use("token", host, 443);
    ASSERT_FALSE(refused) << host;
    EXPECT_EQ(refused.error().code, ErrorCode::refused);
    EXPECT_EQ(refused.error().why, "it may be sent to api.example.org, [::1]:8443 alone");
  }
  EXPECT_FALSE(secrets.use("other", "other.example.org", 80));
  const auto unknown = secrets.use("none", "api.example.org", 443);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().what, "use secret `none` for api.example.org:443");
}

TEST(Secrets, AreAllVisited) {
  std::map<std::string, std::string> seen;
  some_secrets().for_each(
      [&](std::string_view name, const SecretText& text) { seen[std::string{name}] = text.reveal(); });
  EXPECT_EQ(seen, (std::map<std::string, std::string>{{"other", "the-other"}, {"token", "the-token"}}));
}

}  // namespace
}  // namespace sluice::gate
