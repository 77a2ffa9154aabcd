// Starts and ends the process that computes a model.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace sluice::nn {

// A started worker, which must be ended with `end`.
struct WorkerProcess {
  pid_t pid = -1;
  UniqueFd socket;  // what it and this process say to each other
  UniqueFd errors;  // what it writes to standard output and standard error
};

enum class WorkerKind : std::uint8_t {
  model,    // `nn-worker`: computes a model
  file,     // `nn-file`: works on a model's file
  tensors,  // `nn-tensors`: computes a network of tensors
};

// Runs `PROGRAM nn-worker 3 PLUGIN` (or another kind) in a process group of its own, with no environment, no
// input and no descriptors but these. Both descriptors here are non-blocking.
[[nodiscard]] Result<WorkerProcess> start_worker(const std::filesystem::path& program,
                                                 const std::filesystem::path& plugin,
                                                 WorkerKind kind = WorkerKind::model);

// Kills what is left of it and waits for it. How it ended, for people: "it was ended by signal 6 (Aborted)".
[[nodiscard]] std::string end_worker(pid_t pid);

}  // namespace sluice::nn
