#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::backends::llama2c {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Failed> cannot_open(const std::string& what, const std::string& path, int problem) {
  return failed(problem == ENOENT || problem == ENOTDIR ? SLUICE_NN_NOT_FOUND : SLUICE_NN_BROKEN,
                "cannot open the " + what + " '" + path + "': " + std::strerror(problem));
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::string& path, const std::string& what) {
  // Not blocking: a pipe is refused instead of waited for.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return cannot_open(what, path, errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return cannot_open(what, path, errno);
  if (!S_ISREG(status.st_mode)) {
    return failed(SLUICE_NN_CORRUPT, "the " + what + " '" + path + "' is " +
                                         (S_ISDIR(status.st_mode) ? "a folder" : "no regular file") +
                                         "; name the file itself");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return failed(SLUICE_NN_CORRUPT, "the " + what + " '" + path + "' is empty");
  void* const data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  if (data == MAP_FAILED) return cannot_open(what, path, errno);
  return MappedFile(data, size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace sluice::backends::llama2c
