// What must hold of every change, on all real patches of tests/data/changes/, each also taken back.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "patch_file.h"
#include "signals.h"

namespace review {
namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path(SLUICE_SOURCE_DIR) / "tests/data/changes";

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct RealPatch {
  std::string name;
  PatchFile file;
};

// All of them, as they are and taken back.
std::vector<RealPatch> real_patches() {
  std::vector<RealPatch> out;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".patch" && extension != ".diff") continue;
    PatchFile file = read_patch_file(read(entry.path()));
    PatchFile back = reverse(file);
    out.push_back({entry.path().string(), std::move(file)});
    out.push_back({entry.path().string() + " (taken back)", std::move(back)});
  }
  return out;
}

bool is_at(const Finding& finding, const Line& line) {
  const bool left = finding.side == Side::left;
  if (left != (line.op == Line::Op::deleted)) return false;
  return finding.line == (left ? line.old_line : line.new_line) && finding.quote == line.text;
}

bool is_in(const Finding& finding, const FileChange& file) {
  return finding.path == file.path && std::ranges::any_of(file.hunks, [&](const Hunk& hunk) {
           return std::ranges::any_of(hunk.lines, [&](const Line& line) { return is_at(finding, line); });
         });
}

SignalOptions all_on() {
  SignalOptions options = default_signal_options();
  options.enabled.assign(options.enabled.size(), Default::on);
  return options;
}

TEST(RealChangesTest, ThereAreMany) {
  EXPECT_GE(real_patches().size(), 600U);
}

TEST(RealChangesTest, EveryPatchParsesAndPrintsBack) {
  for (const RealPatch& real : real_patches()) {
    ASSERT_FALSE(real.file.parts.empty()) << real.name;
    for (const PatchPart& part : real.file.parts) {
      const Patch patch = parse_patch(part.patch);
      EXPECT_TRUE(patch.problems.empty()) << real.name << " " << part.path;
      EXPECT_EQ(print_patch(patch), part.patch) << real.name << " " << part.path;
    }
  }
}

TEST(RealChangesTest, TakingBackTwiceGivesTheSameLines) {
  for (const RealPatch& real : real_patches()) {
    for (const PatchPart& part : real.file.parts) {
      const std::string once = reverse_patch(part.patch);
      EXPECT_EQ(reverse_patch(reverse_patch(once)), once) << real.name << " " << part.path;
    }
  }
}

TEST(RealChangesTest, NumbersFollowTheHeader) {
  for (const RealPatch& real : real_patches()) {
    const Change change = change_of(real.file);
    for (const FileChange& file : change.files) {
      for (const Hunk& hunk : file.hunks) {
        std::uint32_t old_line = hunk.old_start + (hunk.old_count == 0 ? 1 : 0);
        std::uint32_t new_line = hunk.new_start + (hunk.new_count == 0 ? 1 : 0);
        for (const Line& line : hunk.lines) {
          ASSERT_EQ(line.old_line, line.op == Line::Op::added ? 0 : old_line++)
              << real.name << " " << file.path;
          ASSERT_EQ(line.new_line, line.op == Line::Op::deleted ? 0 : new_line++)
              << real.name << " " << file.path;
        }
      }
    }
  }
}

// No finding outside the change, ever, and each quote stands on its line.
TEST(RealChangesTest, EveryFindingIsOnALineOfTheChange) {
  const SignalOptions options = all_on();
  std::size_t findings = 0;
  for (const RealPatch& real : real_patches()) {
    const Change change = change_of(real.file);
    for (const Finding& finding : run_signals(change, options)) {
      ++findings;
      EXPECT_TRUE(
          std::ranges::any_of(change.files, [&](const FileChange& file) { return is_in(finding, file); }))
          << real.name << ": " << finding.id << " at " << finding.path << ":" << finding.line << " "
          << finding.quote;
      EXPECT_LT(find_signal(finding.id), all_signals().size());
      EXPECT_FALSE(finding.why.empty());
      EXPECT_FALSE(finding.action.empty());
    }
  }
  EXPECT_GT(findings, 500U);
}

TEST(RealChangesTest, FindingsAreInTheOrderOfTheChangeAndUnique) {
  const SignalOptions options = all_on();
  for (const RealPatch& real : real_patches()) {
    const Change change = change_of(real.file);
    const std::vector<Finding> findings = run_signals(change, options);
    for (std::size_t i = 0; i < findings.size(); ++i) {
      for (std::size_t j = i + 1; j < findings.size(); ++j) {
        const Finding& a = findings[i];
        const Finding& b = findings[j];
        EXPECT_FALSE(a.id == b.id && a.path == b.path && a.side == b.side && a.line == b.line)
            << real.name << ": " << a.id << " twice at " << a.path << ":" << a.line;
      }
    }
  }
}

TEST(RealChangesTest, ASignalThatIsOffSaysNothing) {
  SignalOptions options = all_on();
  const std::size_t off = find_signal("check-removed");
  options.enabled[off] = Default::off;
  for (const RealPatch& real : real_patches()) {
    const Change change = change_of(real.file);
    for (const Finding& finding : run_signals(change, options))
      EXPECT_NE(finding.id, "check-removed") << real.name;
  }
}

}  // namespace
}  // namespace review
