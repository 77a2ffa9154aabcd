#include "wasm/line_output.h"

#include <unistd.h>

#include <cerrno>
#include <exception>

#include "base/write_all.h"

namespace sluice::wasm {

namespace {

constexpr std::size_t waiting_max = 64U << 10U;

// One call for a line: the kernel does not mix what fits into a pipe's page, and files take it whole. Nobody
// can be told that a stream is closed.
void put(int fd, std::string_view bytes) {
  static_cast<void>(write_all(fd, bytes));
}

}  // namespace

LineOutput::~LineOutput() {
  flush();
}

void LineOutput::flush() {
  put(fd_, waiting_);
  waiting_.clear();
}

void LineOutput::add(std::string_view bytes) {
  waiting_ += bytes;
  const std::size_t end = waiting_.rfind('\n');
  const std::size_t ready = waiting_.size() > waiting_max ? waiting_.size() : end + 1;
  if (end == std::string::npos && ready == 0) return;
  put(fd_, std::string_view(waiting_).substr(0, ready));
  waiting_.erase(0, ready);
}

void* LineOutput::share(const std::shared_ptr<LineOutput>& output) {
  return new std::shared_ptr<LineOutput>(output);
}

std::ptrdiff_t LineOutput::write(void* data, const unsigned char* bytes, std::size_t count) {
  try {
    (*static_cast<std::shared_ptr<LineOutput>*>(data))->add({reinterpret_cast<const char*>(bytes), count});
    return static_cast<std::ptrdiff_t>(count);
  } catch (const std::exception&) {
    return -ENOMEM;
  }
}

void LineOutput::finish(void* data) {
  const std::unique_ptr<std::shared_ptr<LineOutput>> output(static_cast<std::shared_ptr<LineOutput>*>(data));
  (*output)->flush();
}

}  // namespace sluice::wasm
