// Memory that two processes share: one writes what the other reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "base/unique_fd.h"

namespace sluice::nn {

// It grows and never shrinks, so that no access to what was mapped can fail, whatever the other side does.
class SharedMemory {
 public:
  // Of no bytes. unavailable.
  [[nodiscard]] static Result<SharedMemory> make();
  // The other side's, by its descriptor. corrupt: it is none of these.
  [[nodiscard]] static Result<SharedMemory> of(UniqueFd fd);
  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  ~SharedMemory();

  [[nodiscard]] int fd() const { return fd_.get(); }
  // Makes it as large as that, at least. What was mapped before is gone. limit: there is not so much memory.
  [[nodiscard]] Status grow(std::uint64_t bytes);
  // Maps what the other side grew it to. corrupt: it is smaller.
  [[nodiscard]] Status follow(std::uint64_t bytes);
  [[nodiscard]] std::span<std::uint8_t> bytes() const { return {data_, size_}; }

 private:
  explicit SharedMemory(UniqueFd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] Status map(std::uint64_t bytes);
  void unmap();

  UniqueFd fd_;
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sluice::nn
