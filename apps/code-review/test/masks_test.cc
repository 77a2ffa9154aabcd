// What `secret-added` named stands in no report, whoever quotes its line.
#include "masks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "report.h"
#include "review.h"

namespace review {
namespace {

using testing::HasSubstr;
using testing::Not;

Review review_of(const std::string& path, const std::string& patch, std::vector<Claim> more = {}) {
  std::vector<PullFile> files;
  PullFile& file = files.emplace_back();
  file.path = path;
  file.patch = Text::copy_of(patch);
  const FileChange parsed = parse_file_change(path, {}, file.status, patch);
  file.additions = count_lines(parsed, Line::Op::added);
  file.deletions = count_lines(parsed, Line::Op::deleted);
  const Settings settings;
  Review review = begin_review({"octo", "app", 7}, {}, std::move(files), settings);
  std::vector<Claim> claims = claims_of_signals(review, settings);
  for (Claim& claim : more) claims.push_back(std::move(claim));
  finish_review(review, std::move(claims), settings);
  return review;
}

std::string all_formats(const Review& review) {
  std::string out;
  for (const Format format : {Format::markdown, Format::json, Format::sarif, Format::html})
    out += render(review, format);
  return out;
}

Claim claim_on(std::string quote, std::string why) {
  return {.source = "model:m",
          .severity = Severity::high,
          .path = "app/run.py",
          .side = std::nullopt,
          .line = std::nullopt,
          .quote = std::move(quote),
          .why = std::move(why),
          .action = "Take it out."};
}

TEST(MasksTest, LineKeepsWhatIsNoSecret) {
  EXPECT_EQ(mask_line("key = \"hunter2-hunter2\"  # AKIAIOSFODNN7EXAMPLE and a_long_name_without"),
            "key = \"hu…\"  # AK… and a_long_name_without");
}

TEST(MasksTest, NeighboursAndQuotesOfOthersShowNoSecret) {
  const std::string patch =
      "@@ -1,2 +1,5 @@\n import os\n+    PASSWORD = \"q8Zr2kLw9Xv7\"\n+    os.system(\"x \" + cmd)\n"
      "+    connect(\"q8Zr2kLw9Xv7\"); eval(cmd)\n     return 0\n";
  const Review review =
      review_of("app/run.py", patch,
                {claim_on("    connect(\"q8Zr2kLw9Xv7\"); eval(cmd)", "It sends `q8Zr2kLw9Xv7` on."),
                 claim_on("    PASSWORD = \"q8Zr2kLw9Xv7\"", "The password q8Zr2kLw9… is plain.")});
  ASSERT_GE(review.risks.size(), 3U);
  const std::string all = all_formats(review);
  EXPECT_THAT(all, Not(HasSubstr("q8Zr2kLw9")));
  EXPECT_THAT(all, HasSubstr("os.system("));
  EXPECT_THAT(all, HasSubstr("connect(\"q8…\"); eval(cmd)"));
}

TEST(MasksTest, LinesBeyondThoseListedAreMaskedToo) {
  std::string patch = "@@ -0,0 +1,40 @@\n";
  std::vector<std::string> secrets;
  for (int i = 10; i < 50; ++i) {
    secrets.push_back("q8Zr" + std::to_string(i) + "kLw9Xv7");
    patch += "+PASSWORD = \"" + secrets.back() + "\"; eval(x)\n";
  }
  const std::string all = all_formats(review_of("app/run.py", patch));
  for (const std::string& secret : secrets) EXPECT_THAT(all, Not(HasSubstr(secret)));
}

TEST(MasksTest, ChangedValuesAndSignaturesShowNoSecret) {
  const std::string token = "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";
  const std::string patch = "@@ -1,2 +1,2 @@\n-TOKEN = \"none\"\n-def run(a):\n+TOKEN = \"" + token +
                            "\"\n+def run(a, key=\"" + token + "\"):\n";
  EXPECT_THAT(all_formats(review_of("app/run.py", patch)), Not(HasSubstr(token.substr(0, 12))));
}

TEST(MasksTest, TheLinesOfAPrivateKeyAreMasked) {
  const std::string key = "MIIEowIBAAKCAQEA7bq1cR0vGm2s5yTzX3wP9dJkLh4eQn8uVfZoBtYxSa6iCpMg";
  const std::string patch =
      "@@ -1,1 +1,4 @@\n a\n+-----BEGIN RSA PRIVATE KEY-----\n+" + key + "\n+-----END RSA PRIVATE KEY-----\n";
  const std::string all = all_formats(review_of("app/id", patch));
  EXPECT_THAT(all, Not(HasSubstr(key.substr(0, 12))));
  EXPECT_THAT(all, HasSubstr("BEGIN RSA PRIVATE KEY"));
}

TEST(MasksTest, WithoutANamedSecretNothingIsMasked) {
  const Review review =
      review_of("app/run.py", "@@ -1,1 +1,2 @@\n a\n+    eval(\"q8Zr2kLw9Xv7q8Zr2k\" + x)\n");
  EXPECT_THAT(all_formats(review), HasSubstr("q8Zr2kLw9Xv7q8Zr2k"));
}

}  // namespace
}  // namespace review
