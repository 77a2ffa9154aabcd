// Parts of networks as bytes: those of files are mapped.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/result.h"
#include "sluice/nn_backend.h"

namespace sluice::backends {

class PartBytes {
 public:
  // NOT_FOUND: no such file, or none that can be read.
  static Result<PartBytes> read(const sluice_nn_part& part);

  PartBytes(PartBytes&& other) noexcept { *this = std::move(other); }
  PartBytes& operator=(PartBytes&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(mapped_, other.mapped_);
    return *this;
  }
  PartBytes(const PartBytes&) = delete;
  PartBytes& operator=(const PartBytes&) = delete;
  ~PartBytes();

  [[nodiscard]] const void* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::string_view text() const { return {static_cast<const char*>(data_), size_}; }

 private:
  PartBytes() = default;

  const void* data_ = "";
  std::size_t size_ = 0;
  bool mapped_ = false;
};

// INVALID: another number of parts.
Result<void> need_parts(std::span<const sluice_nn_part> parts, std::size_t least, std::size_t most,
                        const char* what_they_are);

// UNSUPPORTED: one on a GPU is wanted.
Result<void> need_no_gpu(const sluice_nn_graph_options& options, const char* library);

// "model.onnx", or what bytes are called in messages.
std::string name_of(const sluice_nn_part& part);

}  // namespace sluice::backends
