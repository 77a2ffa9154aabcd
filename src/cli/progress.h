// How far long work is: a line on standard error, which is there only while the work goes on and only on a
// terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "nn/hashed_files.h"

namespace sluice::cli {

class Progress {
 public:
  // `what` is done: "hashing big.gguf".
  Progress(std::string what, const Clock& clock);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  // `total` 0: it isn't known.
  void bytes(std::uint64_t done, std::uint64_t total);
  void text(const std::string& how_far);

 private:
  std::string what_;
  const Clock& clock_;
  std::chrono::steady_clock::time_point next_;
  bool is_terminal_;
  bool is_shown_ = false;
};

// Shows the hashing of files, one after the other.
[[nodiscard]] nn::HashedFiles::Progress show_hashing(const Clock& clock);

// "88 MiB", "2.1 GiB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace sluice::cli
