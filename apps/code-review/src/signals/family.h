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

// Collects findings: those of signals that are on, each signal once a line.
class Reporter {
 public:
  Reporter(const SignalOptions& options, std::vector<Finding>& findings) : options_(options), findings_(findings) {}

  [[nodiscard]] bool wants(Signal signal) const;
  // `subject` is put in front of the signal's reason as code: a name or an expression of the change, or empty.
  void report(Signal signal, const CodeFile& file, const Line& line, std::string_view subject = {});

 private:
  const SignalOptions& options_;
  std::vector<Finding>& findings_;
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
void find_large_change(const std::vector<CodeFile>& files, std::uint32_t lines_max, Reporter& reporter);

}  // namespace review::signals
