// test-removed, test-skipped, test-weakened: what the tests no longer say.
#include <algorithm>
#include <vector>

#include "signals/blocks.h"
#include "signals/family.h"
#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

// The name or title of the test that a line declares, or empty. `text` is the line itself, for titles in
// quotes.
std::string_view declared_test(std::string_view code, std::string_view text, Language language) {
  const std::string_view line = trim(code);
  std::size_t at = 0;
  switch (language) {
    case Language::python: {
      std::string_view rest = line;
      if (rest.starts_with("async ")) rest = trim(rest.substr(6));
      if (!rest.starts_with("def test")) return {};
      rest = rest.substr(4);
      return next_identifier(rest, at);
    }
    case Language::go: {
      if (!line.starts_with("func Test") && !line.starts_with("func Fuzz")) return {};
      const std::string_view rest = line.substr(5);
      return next_identifier(rest, at);
    }
    case Language::c:
    case Language::cpp: {
      constexpr std::string_view macros[] = {
          "TEST",      "TEST_F",     "TEST_P",      "TYPED_TEST",
          "TEST_CASE", "START_TEST", "DEFINE_TEST", "BOOST_AUTO_TEST_CASE"};
      const std::string_view word = next_identifier(line, at);
      return std::ranges::find(macros, word) != std::end(macros) && line.starts_with(word)
                 ? trim(text)
                 : std::string_view();
    }
    case Language::java:
    case Language::rust:
      return line == "@Test" || line.starts_with("@Test(") || line == "#[test]" ? line : std::string_view();
    case Language::javascript:
    case Language::typescript: {
      constexpr std::string_view starts[] = {"it(", "test(", "describe(", "t.test(", "tap.test("};
      for (const std::string_view start : starts) {
        if (line.starts_with(start)) return trim(text);
      }
      return {};
    }
    default:
      return {};
  }
}

// What tells a runner to leave a test out.
bool skips(const CodeLine& line, Language language, bool in_test) {
  const std::string_view code = trim(line.code);
  if (language == Language::rust && (code.starts_with("#[ignore") || code.starts_with("#[cfg_attr"))) {
    return has_text(code, "ignore");
  }
  if (!in_test) return false;
  constexpr std::string_view python[] = {"unittest.skip", "@skip",      "mark.skip",       "pytest.skip",
                                         ".skipTest(",    "mark.xfail", "expectedFailure", "SkipTest"};
  constexpr std::string_view go[] = {".Skip(", ".SkipNow(", ".Skipf("};
  constexpr std::string_view java[] = {"@Ignore", "@Disabled"};
  constexpr std::string_view scripts[] = {"it.skip(",   "test.skip(",     "describe.skip(", "xit(",
                                          "xdescribe(", "xtest(",         "t.skip(",        "this.skip(",
                                          "it.only(",   "describe.only(", "test.only(",     ".skip()"};
  constexpr std::string_view c[] = {"GTEST_SKIP", "DISABLED_", "skipping(", "SKIP("};
  switch (language) {
    case Language::python:
      return has_any_text(code, python) || code.starts_with("raise unittest.SkipTest");
    case Language::go:
      return has_any_text(code, go);
    case Language::java:
      return has_any_text(code, java);
    case Language::javascript:
    case Language::typescript:
      return has_any_text(code, scripts) || has_text(code, "skip:true") || has_text(code, "skip: true");
    case Language::c:
    case Language::cpp:
      return has_any_text(code, c);
    default:
      return false;
  }
}

// A constraint that keeps a whole file of tests from being built.
bool leaves_file_out(std::string_view text, Language language) {
  if (language == Language::go) return text == "//go:build ignore" || text == "// +build ignore";
  return (language == Language::c || language == Language::cpp) && trim(text) == "#if 0";
}

bool asserts(std::string_view code, Language language) {
  const std::string_view line = trim(code);
  switch (language) {
    case Language::python:
      return line.starts_with("assert ") || line.starts_with("self.assert") || line.starts_with("assert(");
    case Language::go:
      return line.starts_with("assert.") || line.starts_with("require.") || has_text(line, "t.Fatal") ||
             has_text(line, "t.Error");
    case Language::java:
      return line.starts_with("assert") || line.starts_with("Assert.") || line.starts_with("verify(") ||
             line.starts_with("fail(");
    case Language::rust:
      return line.starts_with("assert");
    case Language::javascript:
    case Language::typescript: {
      constexpr std::string_view starts[] = {"expect(",      "assert", "t.equal",     "t.same",
                                             "t.match",      "t.ok",   "t.throws",    "t.not",
                                             "t.strictSame", "t.is(",  "t.deepEqual", "should."};
      return std::ranges::any_of(starts, [&](std::string_view start) { return line.starts_with(start); });
    }
    case Language::c:
    case Language::cpp: {
      constexpr std::string_view starts[] = {"EXPECT_",     "ASSERT_",   "assert",    "CHECK(",
                                             "REQUIRE(",    "ck_assert", "QVERIFY",   "QCOMPARE",
                                             "TEST_ASSERT", "g_assert",  "TEST_true", "TEST_int"};
      return std::ranges::any_of(starts, [&](std::string_view start) { return line.starts_with(start); });
    }
    default:
      return false;
  }
}

// Counts of a hunk, to tell a change from a loss.
struct Tally {
  std::vector<const CodeLine*> deleted;
  std::size_t added = 0;
};

template <class Matches>
Tally tally(const CodeHunk& hunk, const Matches& matches) {
  Tally out;
  for (const CodeLine& line : hunk.lines) {
    if (line.line->op == Line::Op::context || !matches(line)) continue;
    if (line.deleted()) out.deleted.push_back(&line);
    if (line.added()) ++out.added;
  }
  return out;
}

class TestChanges {
 public:
  TestChanges(const CodeFile& file, Reporter& reporter) : file_(file), reporter_(reporter) {}

  void run() {
    if (file_.is_test() && is_file_removed()) {
      reporter_.report(Signal::test_removed, *file_.hunks.front().lines.front().line);
      return;
    }
    for (const CodeHunk& hunk : file_.hunks) {
      if (find_skips(hunk)) continue;
      if (find_removed(hunk)) continue;
      if (file_.is_test()) find_weakened(hunk);
    }
  }

 private:
  [[nodiscard]] bool is_file_removed() const {
    if (file_.hunks.empty() || file_.hunks.front().lines.empty()) return false;
    if (file_.file->status == FileStatus::removed) return true;
    return file_.hunks.size() == 1 && file_.hunks.front().hunk->new_count == 0 &&
           file_.hunks.front().hunk->new_start == 0;
  }

  bool find_skips(const CodeHunk& hunk) {
    const auto matches = [&](const CodeLine& line) {
      return (!line.blank && skips(line, file_.language, file_.is_test())) ||
             (file_.is_test() && leaves_file_out(line.line->text, file_.language));
    };
    const Tally seen = tally(hunk, matches);
    if (seen.added <= seen.deleted.size()) return false;
    for (const CodeLine& line : hunk.lines) {
      if (!line.added() || !matches(line)) continue;
      reporter_.report(Signal::test_skipped, *line.line);
    }
    return true;
  }

  // A test whose declaration went away. One that only became a comment is left out, not removed.
  bool find_removed(const CodeHunk& hunk) {
    const auto matches = [&](const CodeLine& line) {
      return !line.blank && !declared_test(line.code, line.line->text, file_.language).empty();
    };
    const Tally seen = tally(hunk, matches);
    if (seen.deleted.size() <= seen.added) return false;
    const CodeLine& first = *seen.deleted.front();
    const std::string_view name = trim(first.line->text);
    for (const CodeLine& line : hunk.lines) {
      if (!line.added() || !line.blank || !has_text(line.line->text, name)) continue;
      reporter_.report(Signal::test_skipped, *line.line);
      return true;
    }
    reporter_.report(Signal::test_removed, *first.line);
    return true;
  }

  void find_weakened(const CodeHunk& hunk) {
    const Tally assertions = tally(hunk, [&](const CodeLine& line) {
      // That a step of the setting up went well is no statement of the test.
      return !line.blank && asserts(line.code, file_.language) && !has_text(line.code, "NoError(");
    });
    const Tally expectations = tally(hunk, [](const CodeLine& line) {
      constexpr std::string_view words[] = {"expected", "want", "wantErr", "expect"};
      return !line.blank && has_any_word(line.code, words);
    });
    for (const Tally* seen : {&assertions, &expectations}) {
      if (seen->deleted.size() <= seen->added) continue;
      reporter_.report(Signal::test_weakened, *seen->deleted.front()->line);
      return;
    }
  }

  const CodeFile& file_;
  Reporter& reporter_;
};

}  // namespace

void find_test_changes(const CodeFile& file, Reporter& reporter) {
  if (!file.is_program() && !file.is_test()) return;
  TestChanges(file, reporter).run();
}

}  // namespace review::signals
