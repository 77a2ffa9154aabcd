// Writing all of some bytes, however many calls that takes.
#pragma once

#include <sys/socket.h>
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

// The same into a socket, whose other end may be gone: that is EPIPE, and no signal.
[[nodiscard]] inline int send_all(int socket, std::string_view content) {
  while (!content.empty()) {
    const ssize_t sent = send(socket, content.data(), content.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(sent));
  }
  return 0;
}

}  // namespace sluice
