// A file as memory, for reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "common/result.h"

namespace sluice::backends::llama2c {

// Whoever cuts the file while it is mapped ends the process that reads beyond its new end.
class MappedFile {
 public:
  // NOT_FOUND, CORRUPT (a folder, an empty file), BROKEN. `what` names the file in errors: "checkpoint".
  static Result<MappedFile> open(const std::string& path, const std::string& what);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(data_), size_};
  }

 private:
  MappedFile(void* data, std::size_t size) : data_(data), size_(size) {}

  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sluice::backends::llama2c
