// What the families of signals share: the list of signals, the way to report, and their entry points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "signals.h"
#include "signals/code.h"

namespace review::signals {

// In the order of `all_signals()`.
enum class Signal : std::uint8_t {
  secret_added,
  tls_verification_off,
  check_removed,
  use_after_free,
  code_evaluated,
  command_run,
  unsafe_deserialisation,
  sql_from_text,
  lock_removed,
  error_swallowed,
  boundary_changed,
  unbounded_copy,
  world_writable,
  cors_any_origin,
  test_removed,
  test_skipped,
  test_weakened,
  authentication_touched,
  migration_touched,
  ci_touched,
  dependency_touched,
  signature_changed,
  large_change,
};
inline constexpr std::size_t signal_count = 23;

// Collects findings of signals that are on, and hands them out file by file: in the order of the lines, each
// signal once a line.
class Reporter {
 public:
  explicit Reporter(const SignalOptions& options) : options_(options) {}

  [[nodiscard]] bool wants(Signal signal) const;
  // `line` is one of the file in work. `subject`, a name or expression of the code, is put in front of the
  // reason where it is plain enough.
  void report(Signal signal, const Line& line, std::string_view subject = {});

  // Appends what was reported since the last call, all of it in `file`, to `findings`.
  void hand_out(const FileChange& file, std::vector<Finding>& findings);

 private:
  struct Pending {
    const Line* line = nullptr;
    Signal signal{};
    std::string_view subject;
  };

  const SignalOptions& options_;
  std::vector<Pending> pending_;
};

// What of the whole change a file's signals depend on.
struct Surroundings {
  bool tests_touched = false;
  bool documentation_touched = false;
};

void find_secrets(const CodeFile& file, Reporter& reporter);
void find_removed_checks(const CodeFile& file, Reporter& reporter);
void find_changed_boundaries(const CodeFile& file, Reporter& reporter);
void find_swallowed_errors(const CodeFile& file, Reporter& reporter);
void find_memory_misuse(const CodeFile& file, Reporter& reporter);
void find_dangerous_calls(const CodeFile& file, Reporter& reporter);
void find_built_sql(const CodeFile& file, Reporter& reporter);
void find_open_settings(const CodeFile& file, Reporter& reporter);
void find_removed_locks(const CodeFile& file, Reporter& reporter);
void find_test_changes(const CodeFile& file, Reporter& reporter);
void find_touched_areas(const CodeFile& file, Reporter& reporter);
void find_changed_signatures(const CodeFile& file, const Surroundings& surroundings, Reporter& reporter);

}  // namespace review::signals
