#include "common/result.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace sluice::backend {

sluice_nn_status report(const Failed& failure, sluice_nn_error* error) noexcept {
  if (error != nullptr) {
    const std::size_t size = std::min(failure.text.size(), sizeof error->text - 1);
    std::memcpy(error->text, failure.text.data(), size);
    error->text[size] = 0;
  }
  return failure.status;
}

std::string mebibytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MiB", static_cast<double>(bytes) / 1048576.0);
  return text;
}

}  // namespace sluice::backend
