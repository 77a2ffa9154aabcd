#include "signals.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <string>
#include <utility>

#include "signals/family.h"
#include "text.h"

namespace review {
namespace {

using signals::CodeFile;
using signals::Reporter;
using signals::Signal;
using signals::Surroundings;

constexpr SignalInfo infos[] = {
    {"secret-added", Severity::critical, Default::on, "A key, token or password is added in plain text"},
    {"tls-verification-off", Severity::high, Default::on,
     "Checking of certificates or host names is switched off"},
    {"check-removed", Severity::high, Default::on, "A check is gone and no equal one is added"},
    {"use-after-free", Severity::high, Default::on, "A pointer is used after what it points to was freed"},
    {"code-evaluated", Severity::high, Default::on, "Text is run as code"},
    {"command-run", Severity::high, Default::on, "A command is run by way of a shell"},
    {"unsafe-deserialisation", Severity::high, Default::on, "Data decides which objects are made"},
    {"sql-from-text", Severity::high, Default::on, "A query is put together from text"},
    {"lock-removed", Severity::high, Default::on, "A lock is no longer taken"},
    {"error-swallowed", Severity::medium, Default::on, "An error is caught and nobody hears of it"},
    {"boundary-changed", Severity::medium, Default::on, "A comparison treats its limit in another way"},
    {"unbounded-copy", Severity::medium, Default::on, "Text is copied without a limit"},
    {"world-writable", Severity::medium, Default::on, "Everybody on the machine may write"},
    {"cors-any-origin", Severity::medium, Default::on, "Pages of every origin may call"},
    {"test-removed", Severity::medium, Default::on, "A test is deleted"},
    {"test-skipped", Severity::low, Default::on, "A test is skipped or no longer built"},
    {"test-weakened", Severity::medium, Default::on, "A test asserts less"},
    {"authentication-touched", Severity::medium, Default::on, "Code that decides who may do what is touched"},
    {"migration-touched", Severity::medium, Default::on, "A migration of a database is touched"},
    {"ci-touched", Severity::low, Default::on, "The build and release automation is touched"},
    {"dependency-touched", Severity::low, Default::on, "The list of dependencies is touched"},
    {"signature-changed", Severity::low, Default::on,
     "A public function changes without tests or documentation"},
    {"large-change", Severity::info, Default::on, "The change is very large"},
};
static_assert(std::size(infos) == signals::signal_count);

struct Text {
  std::string_view why;
  std::string_view action;
};

// In the order of `infos`.
constexpr Text texts[] = {
    {"What looks like a key, token or password is in the change, and stays readable in its history.",
     "Revoke it, take it out of the history, and read it from a secret store or the environment."},
    {"Without this verification anybody on the way can read and change the connection.",
     "Keep verification on; trust a private authority by adding its certificate."},
    {"A check is gone and this change adds no equal one, so what it kept out reaches the code behind it.",
     "Put the check back, or say where the case is handled now and add a test for it."},
    {"It is used after it was freed or released, which corrupts memory or crashes.",
     "Use it before it is freed, or set it to null and leave."},
    {"Text is run as code here; whoever controls a part of it controls the process.",
     "Parse the data with a parser that knows only what is allowed."},
    {"A command line made at run time goes to a shell here; whoever controls a part of it runs commands.",
     "Start the program directly with a list of arguments."},
    {"The data chooses which objects are made here, so data from outside can run code.",
     "Use a format of plain data, or allow only named classes."},
    {"Values are put into the query as text, so a value can change what the query does.",
     "Use parameters of the query for all values."},
    {"A lock that guarded this code is gone, so threads can get in each other's way.",
     "Make sure that no other thread reaches this state, or keep the lock."},
    {"Errors end here without a trace: callers and operators will take a failure for success.",
     "Catch only what is expected, and report or pass on the rest."},
    {"The limit itself is now treated in another way, which is where off-by-one errors come from.",
     "Check the first and the last value that are let through, and cover both with a test."},
    {"It writes as much as the source holds, whatever room the target has.",
     "Use a form that is given the size of the target, and handle text that does not fit."},
    {"Every account and every service on the machine may change this.",
     "Give write access to the owner or a group only."},
    {"Pages of any site may read these answers in the name of your users.",
     "List the origins that need access."},
    {"A test goes away, and what it proved is not proved any more.",
     "Say why it is not needed, or keep it with the new behaviour."},
    {"This test does not run any more, so a failure stays unseen.",
     "Fix the cause, or link the issue that will, and limit the skip to where it fails."},
    {"The test asserts less than before, so it can pass where it had failed.",
     "Keep the assertion, or replace it with one as strict."},
    {"This code decides who somebody is or what they may do; a small mistake opens it to all.",
     "Let somebody who knows the access rules review it, and test the refusals too."},
    {"A migration runs once on data that cannot be made again.",
     "Try it and its way back on a copy of real data, and look at how long it locks."},
    {"Automation has secrets and write access that ordinary code does not have.",
     "Check which events start it, whose code it runs, and that actions are pinned."},
    {"Code from outside is added, taken away or changes its version.",
     "Check the origin, the licence and the known weaknesses of what comes in."},
    {"A function that others may call is changed or gone, and the change touches neither tests nor "
     "documentation.",
     "Look for its callers, and cover and describe the new form."},
    {"A change of this size is reviewed less well.",
     "Split it into steps that can be understood alone, if that is possible."},
};
static_assert(std::size(texts) == signals::signal_count);

Surroundings surroundings_of(const Change& change) {
  Surroundings out;
  for (const FileChange& file : change.files) {
    const FileKind kind = kind_of(file.path);
    out.tests_touched = out.tests_touched || kind == FileKind::test;
    out.documentation_touched = out.documentation_touched || kind == FileKind::documentation;
  }
  return out;
}

void run_on(const CodeFile& code, const Surroundings& surroundings, Reporter& reporter) {
  find_secrets(code, reporter);
  find_open_settings(code, reporter);
  find_removed_checks(code, reporter);
  find_memory_misuse(code, reporter);
  find_dangerous_calls(code, reporter);
  find_built_sql(code, reporter);
  find_removed_locks(code, reporter);
  find_swallowed_errors(code, reporter);
  find_changed_boundaries(code, reporter);
  find_test_changes(code, reporter);
  find_touched_areas(code, reporter);
  find_changed_signatures(code, surroundings, reporter);
}

// The change as a whole, anchored to the first changed line of its largest file, which is returned.
const FileChange* find_large_change(const Change& change, std::uint32_t lines_max, Reporter& reporter) {
  std::uint64_t total = 0;
  std::uint32_t largest = 0;
  const FileChange* file = nullptr;
  for (const FileChange& each : change.files) {
    const std::uint32_t lines = count_lines(each, Line::Op::added) + count_lines(each, Line::Op::deleted);
    total += lines;
    if (lines > largest) {
      largest = lines;
      file = &each;
    }
  }
  if (file == nullptr || total <= lines_max) return nullptr;
  for (const Hunk& hunk : file->hunks) {
    const auto changed =
        std::ranges::find_if(hunk.lines, [](const Line& l) { return l.op != Line::Op::context; });
    if (changed == hunk.lines.end()) continue;
    reporter.report(Signal::large_change, *changed);
    return file;
  }
  return nullptr;
}

}  // namespace

namespace signals {

// Names and expressions are shown only where they are plain code: everything else stays in the quote.
static bool is_showable(std::string_view subject) {
  return !subject.empty() && subject.size() <= 60 && std::ranges::all_of(subject, [](char c) {
    return is_word(c) || c == '.' || c == ':' || c == '-' || c == '>' || c == '=' || c == '(' || c == ')';
  });
}

static Finding finding_of(Signal signal, const FileChange& file, const Line& line, std::string_view subject,
                          std::size_t alike) {
  const auto at = static_cast<std::size_t>(signal);
  const Side side = line.op == Line::Op::deleted ? Side::left : Side::right;
  std::string why;
  if (is_showable(subject)) append(why, '`', subject, "`: ");
  append(why, texts[at].why);
  if (alike > 0) append(why, " (", counted(alike, "more line"), " of this file are alike.)");
  return {std::string(infos[at].id),
          infos[at].severity,
          file.path,
          side,
          side == Side::left ? line.old_line : line.new_line,
          std::string(line.text),
          std::move(why),
          std::string(texts[at].action),
          static_cast<std::uint32_t>(alike)};
}

bool Reporter::wants(Signal signal) const {
  const auto at = static_cast<std::size_t>(signal);
  return at < options_.enabled.size() && options_.enabled[at] == Default::on;
}

void Reporter::report(Signal signal, const Line& line, std::string_view subject) {
  if (wants(signal)) pending_.push_back({&line, signal, subject});
}

void Reporter::hand_out(const FileChange& file, std::vector<Finding>& findings) {
  // Lines of one hunk lie in one vector, so their addresses are in their order.
  const auto before = [](const Pending& a, const Pending& b) {
    return a.line == b.line ? a.signal < b.signal : std::less<>()(a.line, b.line);
  };
  const auto equal = [](const Pending& a, const Pending& b) {
    return a.line == b.line && a.signal == b.signal;
  };
  std::ranges::sort(pending_, before);
  const auto repeated = std::ranges::unique(pending_, equal);
  pending_.erase(repeated.begin(), repeated.end());
  std::array<std::size_t, signal_count> totals{};
  for (const Pending& pending : pending_) ++totals[static_cast<std::size_t>(pending.signal)];
  std::array<std::size_t, signal_count> given{};
  for (const Hunk& hunk : file.hunks) {
    const Line* const first = hunk.lines.data();
    const Line* const last = first + hunk.lines.size();
    auto next = std::ranges::lower_bound(pending_, first, std::less<>(), &Pending::line);
    for (; next != pending_.end() && std::less<>()(next->line, last); ++next) {
      const auto at = static_cast<std::size_t>(next->signal);
      if (given[at] == findings_of_one_signal_max) continue;
      ++given[at];
      const std::size_t alike = given[at] == findings_of_one_signal_max ? totals[at] - given[at] : 0;
      findings.push_back(finding_of(next->signal, file, *next->line, next->subject, alike));
    }
  }
  pending_.clear();
}

}  // namespace signals

std::span<const SignalInfo> all_signals() {
  return infos;
}

std::size_t find_signal(std::string_view id) {
  const auto found = std::ranges::find(infos, id, &SignalInfo::id);
  return static_cast<std::size_t>(std::distance(std::begin(infos), found));
}

SignalOptions default_signal_options() {
  SignalOptions options;
  for (const SignalInfo& info : infos) options.enabled.push_back(info.by_default);
  return options;
}

std::vector<Finding> run_signals(const Change& change, const SignalOptions& options) {
  std::vector<Finding> findings;
  Reporter reporter(options);
  const Surroundings surroundings = surroundings_of(change);
  for (const FileChange& file : change.files) {
    const CodeFile code = signals::code_of(file);
    run_on(code, surroundings, reporter);
    reporter.hand_out(file, findings);
  }
  if (const FileChange* file = find_large_change(change, options.large_change_lines, reporter)) {
    reporter.hand_out(*file, findings);
  }
  return findings;
}

}  // namespace review
