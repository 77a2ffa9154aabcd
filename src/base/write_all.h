// Writing all of some bytes, however many calls that takes.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace sluice {

// Blocks until all is written. 0, or the errno that stopped it.
[[nodiscard]] inline int write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace sluice
