#include "unnamed_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::openvino {

backends::Result<UnnamedFile> UnnamedFile::make(std::string_view content) {
  UnnamedFile file(memfd_create("network", MFD_CLOEXEC));
  while (file.number_ >= 0 && !content.empty()) {
    const ssize_t written = write(file.number_, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (file.number_ >= 0 && content.empty()) return file;
  return backends::failed(SLUICE_NN_NO_MEMORY, std::string("cannot put the network into a file in memory: ") +
                                                   std::strerror(errno));
}

UnnamedFile::~UnnamedFile() {
  if (number_ >= 0) close(number_);
}

}  // namespace sluice::openvino
