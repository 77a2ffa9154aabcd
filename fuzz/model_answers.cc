// Any text as what a model says of a change: it is read within its limits, or refused in a few words; and
// what is taken for a finding stands at a line of the change.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "diff.h"
#include "model/answers.h"
#include "model/quotes.h"

namespace {

constexpr std::string_view patch =
    "@@ -1,4 +1,5 @@\n int main(int count, char** names) {\n-  return run(count);\n+  if (count == 0) return "
    "1;\n"
    "+\treturn  run(count, names[0]);  // \xE2\x9C\x93\n }\n \n@@ -20,2 +21,3 @@\n void log() {\n+  "
    "puts(\"```\");\n }\n";

void require(bool held) {
  if (!held) std::abort();
}

template <class T>
void require_a_reason(const review::Read<T>& read) {
  if (!read) require(!read.error().empty() && read.error().size() < 200);
}

void check_resolved(const review::Change& change, const review::Batch& batch, const review::Found& found) {
  const auto risk = review::resolve(change, batch, found, "model:fuzz");
  if (!risk) return;
  require(risk->path == change.files.at(risk->file).path);
  const bool left = risk->side == review::Side::left;
  const auto& lines = change.files[risk->file].hunks.at(risk->hunk).lines;
  require(std::ranges::any_of(lines, [&](const review::Line& line) {
    return risk->line == (left ? line.old_line : line.new_line) && risk->quote.ends_with(line.text);
  }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  review::Change change;
  change.files.push_back(review::parse_file_change("src/a.cc", {}, review::FileStatus::modified, patch));
  const review::Batch batch{{{0, 0, 0, 5, 10}, {0, 1, 0, 3, 10}}};

  const review::AnswerLimits limits = review::answer_limits(4096);
  const auto findings = review::read_findings(text, limits);
  require_a_reason(findings);
  if (findings) {
    require(findings->size() <= limits.findings_max);
    for (const review::Found& found : *findings) check_resolved(change, batch, found);
  }
  const auto verdicts = review::read_verdicts(text, 3);
  require_a_reason(verdicts);
  if (verdicts) {
    for (const review::Verdict& verdict : *verdicts)
      require(verdict.id >= 1 && verdict.id <= 3 && verdict.score <= 10);
  }
  require_a_reason(review::read_plan(text, limits));
  require_a_reason(review::read_summary(text));
  check_resolved(change, batch, {"src/a.cc", std::string(text), review::Severity::low, "why", "do"});
  return 0;
}
