#include "wasm/line_output.h"

#include <unistd.h>

#include <cerrno>
#include <exception>

namespace sluice::wasm {

namespace {

constexpr std::size_t waiting_max = 64U << 10U;

// One call for a line: the kernel does not mix what fits into a pipe's page, and files take it whole.
void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

LineOutput::~LineOutput() {
  write_all(fd_, waiting_);
}

void LineOutput::add(std::string_view bytes) {
  waiting_ += bytes;
  const std::size_t end = waiting_.rfind('\n');
  const std::size_t ready = waiting_.size() > waiting_max ? waiting_.size() : end + 1;
  if (end == std::string::npos && ready == 0) return;
  write_all(fd_, std::string_view(waiting_).substr(0, ready));
  waiting_.erase(0, ready);
}

std::ptrdiff_t LineOutput::write(void* data, const unsigned char* bytes, std::size_t count) {
  try {
    static_cast<LineOutput*>(data)->add({reinterpret_cast<const char*>(bytes), count});
    return static_cast<std::ptrdiff_t>(count);
  } catch (const std::exception&) {
    return -ENOMEM;
  }
}

void LineOutput::finish(void* data) {
  delete static_cast<LineOutput*>(data);
}

}  // namespace sluice::wasm
