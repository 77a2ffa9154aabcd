#include "gate/trace.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::gate {

Result<std::unique_ptr<TraceFile>> TraceFile::open(const std::filesystem::path& path) {
  if (path == "-") return std::unique_ptr<TraceFile>(new TraceFile(STDERR_FILENO, "standard error"));
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) {
    return fail(ErrorCode::invalid_input, "open the trace " + path.string(), std::strerror(errno),
                "name a file that can be written");
  }
  return std::unique_ptr<TraceFile>(new TraceFile(file, path.string()));
}

TraceFile::~TraceFile() {
  if (file_ != STDERR_FILENO) close(file_);
}

void TraceFile::begin(const CallRecord& /*record*/) {}

void TraceFile::end(const CallRecord& record) {
  const std::string line = to_json_line(record) + "\n";
  const std::lock_guard lock(mutex_);
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t count = write(file_, line.data() + written, line.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      lost_errno_ = errno;
      return;
    }
    written += static_cast<std::size_t>(count);
  }
}

Status TraceFile::status() const {
  const std::lock_guard lock(mutex_);
  if (lost_errno_ == 0) return {};
  return fail(ErrorCode::unavailable, "write the trace " + name_, std::strerror(lost_errno_),
              "records are missing in it");
}

}  // namespace sluice::gate
