// test-removed, test-skipped, test-weakened: what the tests no longer say.
#include <algorithm>
#include <span>
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
      // A function at the margin that is named after a test.
      const std::size_t open = line.find('(');
      const std::string_view function = open == none ? std::string_view() : name_before(line, open);
      const bool margin = !code.empty() && !is_space(code.front()) && !line.ends_with(';');
      if (margin && (function.starts_with("test_") || function.ends_with("_test"))) return function;
      const std::string_view word = next_identifier(line, at);
      return std::ranges::find(macros, word) != std::end(macros) && line.starts_with(word)
                 ? trim(text)
                 : std::string_view();
    }
    case Language::java: {
      if (line == "@Test" || line.starts_with("@Test(")) return line;
      const bool method = line.starts_with("public void test") || line.starts_with("void test");
      return method ? name_before(line, line.find('(')) : std::string_view();
    }
    case Language::rust:
      return line == "#[test]" ? line : std::string_view();
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
  constexpr std::string_view python[] = {"unittest.skip", "@skip",      "mark.skip",      "pytest.skip",
                                         ".skipTest(",    "mark.xfail", "expectedFailure"};
  constexpr std::string_view go[] = {".Skip(", ".SkipNow(", ".Skipf("};
  constexpr std::string_view java[] = {"@Ignore", "@Disabled"};
  constexpr std::string_view scripts[] = {"it.skip(",   "test.skip(",     "describe.skip(", "xit(",
                                          "xdescribe(", "xtest(",         "t.skip(",        "this.skip(",
                                          "it.only(",   "describe.only(", "test.only(",     ".skip()"};
  constexpr std::string_view c[] = {"GTEST_SKIP", "DISABLED_", "skipping(", "SKIP("};
  switch (language) {
    case Language::python:
      return has_any_text(code, python) || (code.starts_with("raise ") && has_text(code, "SkipTest"));
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
    if (file_.is_test() && file_.is_program() && is_file_removed()) {
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
    bool found = false;
    for (std::size_t i = 0; i < hunk.lines.size(); ++i) {
      if (!hunk.lines[i].added() || !matches(hunk.lines[i]) || belongs_to_new_test(hunk, i)) continue;
      reporter_.report(Signal::test_skipped, *hunk.lines[i].line);
      found = true;
    }
    return found;
  }

  [[nodiscard]] bool declares(const CodeLine& line) const {
    return !line.blank && !declared_test(line.code, line.line->text, file_.language).empty();
  }

  // A test that comes with its condition takes nothing away: the declaration is added too, below or above the
  // mark.
  [[nodiscard]] bool belongs_to_new_test(const CodeHunk& hunk, std::size_t mark) const {
    if (file_.file->status == FileStatus::added) return true;
    std::uint32_t indent = hunk.lines[mark].indent;
    for (std::size_t i = mark; i < hunk.lines.size() && hunk.lines[i].added(); ++i) {
      if (!hunk.lines[i].blank && hunk.lines[i].indent < indent) break;
      if (declares(hunk.lines[i]) && hunk.lines[i].indent == indent) return !is_renamed(hunk, i);
    }
    for (std::size_t i = mark; i-- > 0 && hunk.lines[i].line->op != Line::Op::context;) {
      const CodeLine& line = hunk.lines[i];
      if (!line.added() || line.blank || line.indent >= indent) continue;
      if (declares(line)) return !is_renamed(hunk, i);
      indent = line.indent;
    }
    return false;
  }

  // Whether the declaration only takes the place of a deleted one.
  [[nodiscard]] bool is_renamed(const CodeHunk& hunk, std::size_t declaration) const {
    const Range near = lines_near(hunk, declaration);
    for (std::size_t i = near.first; i < near.last; ++i) {
      if (hunk.lines[i].deleted() && declares(hunk.lines[i])) return true;
    }
    return false;
  }

  // A test whose declaration went away. One that only became a comment is left out, not removed; one that is
  // declared elsewhere in the file has moved.
  bool find_removed(const CodeHunk& hunk) {
    const Tally seen = tally(hunk, [&](const CodeLine& line) { return declares(line); });
    if (seen.deleted.size() <= seen.added) return false;
    constexpr std::size_t looked_at_max = 50;
    for (const CodeLine* line : std::span(seen.deleted).first(std::min(seen.deleted.size(), looked_at_max))) {
      const std::string_view name = trim(line->line->text);
      const CodeLine* comment = find_comment(hunk, name);
      if (comment != nullptr) {
        reporter_.report(Signal::test_skipped, *comment->line);
        return true;
      }
      if (is_declared_again(*line)) continue;
      reporter_.report(Signal::test_removed, *line->line);
      return true;
    }
    return false;
  }

  static const CodeLine* find_comment(const CodeHunk& hunk, std::string_view text) {
    for (const CodeLine& line : hunk.lines) {
      if (line.added() && line.blank && has_text(line.line->text, text)) return &line;
    }
    return nullptr;
  }

  [[nodiscard]] bool is_declared_again(const CodeLine& deleted) const {
    const std::string_view name = declared_test(deleted.code, deleted.line->text, file_.language);
    // A bare mark such as @Test has no name of its own.
    if (name.starts_with('@') || name.starts_with('#')) return false;
    for (const CodeHunk& hunk : file_.hunks) {
      for (const CodeLine& line : hunk.lines) {
        if (line.added() && !line.blank && declared_test(line.code, line.line->text, file_.language) == name)
          return true;
      }
    }
    return false;
  }

  void find_weakened(const CodeHunk& hunk) {
    // An assertion that goes with its whole function is no weaker one. That a step of the setting up went
    // well is no statement of the test.
    const auto weakens = [&](const CodeLine& line) {
      if (line.blank || !asserts(line.code, file_.language) || has_text(line.code, "NoError(")) return false;
      const std::size_t index = static_cast<std::size_t>(&line - hunk.lines.data());
      return line.added() || fate_of_enclosing(hunk, index, file_.language) == Fate::kept;
    };
    const auto expects = [&](const CodeLine& line) {
      constexpr std::string_view words[] = {"expected", "want", "wantErr", "expect"};
      if (line.blank || asserts(line.code, file_.language) || !has_any_word(line.code, words)) return false;
      const std::size_t index = static_cast<std::size_t>(&line - hunk.lines.data());
      return line.added() || fate_of_enclosing(hunk, index, file_.language) == Fate::kept;
    };
    const Tally assertions = tally(hunk, weakens);
    const Tally expectations = tally(hunk, expects);
    for (const Tally* seen : {&assertions, &expectations}) {
      // With an assertion in its place the test says something else, which is not less by itself.
      if (seen->deleted.empty() || seen->added > 0) continue;
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
