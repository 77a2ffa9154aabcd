// lock-removed: the taking or giving back of a lock, or the lock itself, is gone and nothing takes its place.
#include <algorithm>
#include <string>
#include <vector>

#include "signals/blocks.h"
#include "signals/family.h"
#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> tails) {
  return std::ranges::any_of(tails, [&](std::string_view tail) {
    return name.size() >= tail.size() && equal_ignoring_case(name.substr(name.size() - tail.size()), tail);
  });
}

// pthread_mutex_lock, CRYPTO_THREAD_write_lock, spin_unlock_irqrestore …
bool is_lock_function(std::string_view name) {
  if (ends_with_any(name, {"_lock", "_unlock", "_trylock", "_rdlock", "_wrlock", "lock_irqsave",
                           "unlock_irqrestore"})) {
    return true;
  }
  constexpr std::string_view names[] = {"synchronized", "EnterCriticalSection", "LeaveCriticalSection"};
  return std::ranges::find(names, name) != std::end(names);
}

bool is_lock_method(std::string_view name) {
  constexpr std::string_view names[] = {"lock",        "unlock",        "Lock",         "Unlock",
                                        "RLock",       "RUnlock",       "tryLock",      "try_lock",
                                        "lock_shared", "unlock_shared", "lockForWrite", "lockForRead"};
  return std::ranges::find(names, name) != std::end(names);
}

bool is_lock_type(std::string_view name) {
  constexpr std::string_view names[] = {"mutex",         "Mutex",         "RWMutex",      "lock_guard",
                                        "unique_lock",   "scoped_lock",   "shared_lock",  "shared_mutex",
                                        "QMutexLocker",  "QMutex",        "synchronized", "pthread_mutex_t",
                                        "ReentrantLock", "CRYPTO_RWLOCK", "RwLock",       "recursive_mutex"};
  return std::ranges::find(names, name) != std::end(names);
}

// The word by which a line handles a lock, or empty.
std::string_view lock_word(std::string_view code, Language language) {
  std::size_t at = 0;
  for (std::string_view name = next_identifier(code, at); !name.empty(); name = next_identifier(code, at)) {
    if (is_lock_type(name)) return name;
    std::size_t open = at;
    while (open < code.size() && is_space(code[open])) ++open;
    if (open >= code.size() || code[open] != '(') continue;
    const std::size_t start = static_cast<std::size_t>(name.data() - code.data());
    const bool member = start > 0 && (code[start - 1] == '.' || code[start - 1] == '>');
    if (is_lock_function(name) || (member && is_lock_method(name))) return name;
  }
  const std::string_view text = trim(code);
  if (language == Language::python && text.starts_with("with ") && find_ignoring_case(text, "lock") != none &&
      find_ignoring_case(text, "block") == none) {
    return "with";
  }
  return {};
}

void inspect(const CodeFile& file, const CodeHunk& hunk, const std::vector<std::string_view>& added,
             Reporter& reporter) {
  for (std::size_t i = 0; i < hunk.lines.size(); ++i) {
    const CodeLine& line = hunk.lines[i];
    if (!line.deleted() || line.blank || trim(line.code).starts_with('#')) continue;
    const std::string_view word = lock_word(line.code, file.language);
    if (word.empty() || std::ranges::find(added, word) != added.end()) continue;
    if (fate_of_enclosing(hunk, i, file.language) == Fate::deleted) continue;
    reporter.report(Signal::lock_removed, *line.line);
    return;
  }
}

}  // namespace

void find_removed_locks(const CodeFile& file, Reporter& reporter) {
  if (!file.is_program() || file.is_test() || !reporter.wants(Signal::lock_removed)) return;
  std::vector<std::string_view> added;
  for (const CodeHunk& hunk : file.hunks) {
    for (const CodeLine& line : hunk.lines) {
      if (!line.added()) continue;
      const std::string_view word = lock_word(line.code, file.language);
      if (!word.empty()) added.push_back(word);
    }
  }
  for (const CodeHunk& hunk : file.hunks) inspect(file, hunk, added, reporter);
}

}  // namespace review::signals
