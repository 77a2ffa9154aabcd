#include "nn/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::nn {

namespace {

constexpr const char* what = "share memory with a worker";

}  // namespace

Result<SharedMemory> SharedMemory::make() {
  UniqueFd fd(memfd_create("sluice-tensors", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd || fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
    return fail(ErrorCode::unavailable, what, std::strerror(errno));
  }
  return SharedMemory(std::move(fd));
}

Result<SharedMemory> SharedMemory::of(UniqueFd fd) {
  const int seals = fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
    return fail(ErrorCode::corrupt, what, "it could be taken away");
  }
  return SharedMemory(std::move(fd));
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : fd_(std::move(other.fd_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

SharedMemory::~SharedMemory() {
  unmap();
}

void SharedMemory::unmap() {
  if (data_ != nullptr) munmap(data_, size_);
  data_ = nullptr;
  size_ = 0;
}

Status SharedMemory::map(std::uint64_t bytes) {
  unmap();
  void* const mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  if (mapped == MAP_FAILED) return fail(ErrorCode::limit, what, std::strerror(errno));
  data_ = static_cast<std::uint8_t*>(mapped);
  size_ = bytes;
  return {};
}

Status SharedMemory::grow(std::uint64_t bytes) {
  if (bytes <= size_) return {};
  // posix_fallocate and not ftruncate alone: a page that there is no memory for would end the one who
  // touches it.
  if (const int error = posix_fallocate(fd_.get(), 0, static_cast<off_t>(bytes)); error != 0) {
    return fail(ErrorCode::limit, what, std::strerror(error));
  }
  return map(bytes);
}

Status SharedMemory::follow(std::uint64_t bytes) {
  if (bytes <= size_) return {};
  struct stat info{};
  if (fstat(fd_.get(), &info) != 0 || static_cast<std::uint64_t>(info.st_size) < bytes) {
    return fail(ErrorCode::corrupt, what, "it is smaller than the other side says");
  }
  return map(bytes);
}

}  // namespace sluice::nn
