// Bytes as PyTorch reads files.
#pragma once

#include <caffe2/serialize/read_adapter_interface.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace sluice::pytorch {

class MemoryReader final : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit MemoryReader(std::string_view bytes) : bytes_(bytes) {}

  size_t size() const override { return bytes_.size(); }

  size_t read(uint64_t position, void* into, size_t count, const char* /*what*/) const override {
    if (position >= bytes_.size()) return 0;
    const std::size_t size = std::min<std::size_t>(count, bytes_.size() - position);
    std::memcpy(into, bytes_.data() + position, size);
    return size;
  }

 private:
  std::string_view bytes_;
};

}  // namespace sluice::pytorch
