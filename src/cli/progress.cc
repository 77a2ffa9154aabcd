#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <utility>

namespace sluice::cli {

namespace {

// What is over sooner needs no line.
constexpr std::chrono::milliseconds first_after{300};
constexpr std::chrono::milliseconds each_after{100};

}  // namespace

Progress::Progress(std::string what, const Clock& clock)
    : what_(std::move(what)),
      clock_(clock),
      next_(clock.monotonic() + first_after),
      is_terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (is_shown_) std::fputs("\r\x1b[K", stderr);
}

void Progress::bytes(std::uint64_t done, std::uint64_t total) {
  text(total == 0 ? size_text(done)
                  : fmt::format("{} of {}, {} %", size_text(done), size_text(total), done * 100 / total));
}

void Progress::text(const std::string& how_far) {
  if (!is_terminal_ || clock_.monotonic() < next_) return;
  next_ = clock_.monotonic() + each_after;
  is_shown_ = true;
  fmt::print(stderr, "\r\x1b[K{}: {}", what_, how_far);
  std::fflush(stderr);
}

nn::HashedFiles::Progress show_hashing(const Clock& clock) {
  // Gone with the file's last byte.
  auto shown = std::make_shared<std::unique_ptr<Progress>>();
  return [&clock, shown](const std::filesystem::path& path, std::uint64_t done, std::uint64_t size) {
    if (!*shown) *shown = std::make_unique<Progress>("hashing " + path.filename().string(), clock);
    (*shown)->bytes(done, size);
    if (done >= size) shown->reset();
  };
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t mib = 1ULL << 20U;
  if (bytes < mib) return fmt::format("{} KiB", (bytes + 1023) / 1024);
  if (bytes < 1024 * mib) return fmt::format("{} MiB", (bytes + mib / 2) / mib);
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / static_cast<double>(1024 * mib));
}

}  // namespace sluice::cli
