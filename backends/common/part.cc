#include "common/part.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::backends {
namespace {

class File {
 public:
  explicit File(const char* path) : number_(open(path, O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (number_ >= 0) close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

std::unexpected<Failed> cannot_read(const char* path, const char* why) {
  return failed(SLUICE_NN_NOT_FOUND, std::string("cannot read ") + path + ": " + why);
}

}  // namespace

Result<PartBytes> PartBytes::read(const sluice_nn_part& part) {
  PartBytes bytes;
  if (part.path == nullptr) {
    if (part.data != nullptr) bytes.data_ = part.data;
    bytes.size_ = part.data == nullptr ? 0 : part.size;
    return bytes;
  }
  const File file(part.path);
  struct stat status{};
  if (file.number() < 0 || fstat(file.number(), &status) != 0)
    return cannot_read(part.path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return cannot_read(part.path, "it is no file");
  if (status.st_size == 0) return bytes;
  const auto size = static_cast<std::size_t>(status.st_size);
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (data == MAP_FAILED) return cannot_read(part.path, std::strerror(errno));
  bytes.data_ = data;
  bytes.size_ = size;
  bytes.mapped_ = true;
  return bytes;
}

PartBytes::~PartBytes() {
  // The address alone is wanted: nothing is written through it.
  if (mapped_) munmap(const_cast<void*>(data_), size_);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

Result<void> need_parts(std::span<const sluice_nn_part> parts, std::size_t least, std::size_t most,
                        const char* what_they_are) {
  if (parts.size() >= least && parts.size() <= most) return {};
  return failed(SLUICE_NN_INVALID,
                std::to_string(parts.size()) + " parts were given; this format has " + what_they_are);
}

Result<void> need_no_gpu(const sluice_nn_graph_options& options, const char* library) {
  if (options.gpu == 0) return {};
  return failed(SLUICE_NN_UNSUPPORTED, std::string("this build of ") + library +
                                           " computes on the CPU alone: ask for the target CPU, or for none");
}

std::string name_of(const sluice_nn_part& part) {
  if (part.path == nullptr) return "the network";
  const std::string_view path = part.path;
  return std::string(path.substr(path.find_last_of('/') + 1));
}

}  // namespace sluice::backends
