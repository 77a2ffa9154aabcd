// A process gives up all that a library which parses foreign bytes has no business with.
#pragma once

#include <cstdint>
#include <span>

#include "base/error.h"

namespace sluice::nn {

// From here on, and for all threads to come: no files but those open already (and what a memfd's name in
// /proc leads to), no sockets, no other programs or processes, no looking into others, nothing of the system
// changed. A forbidden call fails with EPERM or EACCES. Kept in by seccomp, and by Landlock where files are
// to be opened by name.
//
// Call it before threads are started: those that run already stay as they are in Landlock's eyes.
// unavailable: the kernel has no seccomp, or (with `Files::nameless`) no Landlock.
enum class Files : std::uint8_t {
  none,      // nothing can be opened
  nameless,  // files without a name (memfd) and those in `readable`, and only to read
};
// `readable`: files that are open, and may be opened again.
[[nodiscard]] Status lock_in(Files files, std::span<const int> readable = {});

// Holds the process to so much memory beyond what it has now; 0: no limit. An allocation fails then.
void limit_memory(std::uint64_t memory_mib);

}  // namespace sluice::nn
