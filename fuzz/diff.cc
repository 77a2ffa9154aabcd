// Any bytes as a file's patch: what parses prints back, nothing is dropped silently, and no signal points
// outside.
#include "diff.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "patch_file.h"
#include "signals.h"

namespace {

constexpr std::string_view paths[] = {"src/a.c",
                                      "src/a.cc",
                                      "src/lib.rs",
                                      "a.go",
                                      "src/A.java",
                                      "lib/a.js",
                                      "lib/a.ts",
                                      "a.py",
                                      "t/test_a.py",
                                      "a_test.go",
                                      "a.sh",
                                      "a.php",
                                      "pom.xml",
                                      "Cargo.toml",
                                      ".github/workflows/a.yml",
                                      "auth/a.rb",
                                      "migrations/1.sql",
                                      "README.md",
                                      "a"};

void require(bool held) {
  if (!held) std::abort();
}

std::size_t count_lines(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n')) +
         (text.empty() || text.ends_with('\n') ? 0 : 1);
}

void check_parse(std::string_view text) {
  const review::Patch patch = review::parse_patch(text);
  std::size_t seen = 0;
  for (const review::Hunk& hunk : patch.hunks) {
    ++seen;
    for (const review::Line& line : hunk.lines) seen += line.no_newline ? 2 : 1;
  }
  for (const review::ParseProblem& problem : patch.problems) seen += problem.lines;
  require(seen == count_lines(text));
  if (!patch.problems.empty()) return;
  require(review::print_patch(patch) == text);
  const std::string back = review::reverse_patch(text);
  require(review::parse_patch(back).problems.empty());
}

bool is_at(const review::Finding& finding, const review::Line& line) {
  const bool left = finding.side == review::Side::left;
  if (left != (line.op == review::Line::Op::deleted)) return false;
  return finding.line == (left ? line.old_line : line.new_line) && finding.quote == line.text;
}

void check_signals(std::string_view path, std::string_view text) {
  review::Change change;
  change.files.push_back(
      review::parse_file_change(std::string(path), {}, review::FileStatus::modified, text));
  review::SignalOptions options = review::default_signal_options();
  options.enabled.assign(options.enabled.size(), review::Default::on);
  options.large_change_lines = 3;
  for (const review::Finding& finding : review::run_signals(change, options)) {
    const auto& hunks = change.files[0].hunks;
    require(std::ranges::any_of(hunks, [&](const review::Hunk& hunk) {
      return std::ranges::any_of(hunk.lines, [&](const review::Line& line) { return is_at(finding, line); });
    }));
    require(!finding.why.empty() && !finding.action.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view path = paths[data[0] % std::size(paths)];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_parse(text);
  check_signals(path, text);
  // The bytes also as a whole patch file.
  const review::PatchFile file = review::read_patch_file(text);
  const review::PatchFile back = review::reverse(file);
  require(back.parts.size() == file.parts.size());
  return 0;
}
