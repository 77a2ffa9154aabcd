// A file in memory, for readers that take nothing but paths.
#pragma once

#include <string>
#include <string_view>

#include "common/result.h"

namespace sluice::openvino {

class UnnamedFile {
 public:
  static backends::Result<UnnamedFile> make(std::string_view content);

  UnnamedFile(UnnamedFile&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  UnnamedFile& operator=(UnnamedFile&&) = delete;
  UnnamedFile(const UnnamedFile&) = delete;
  UnnamedFile& operator=(const UnnamedFile&) = delete;
  ~UnnamedFile();

  // Leads to it as long as it lives.
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(number_); }

 private:
  explicit UnnamedFile(int number) : number_(number) {}

  int number_;
};

}  // namespace sluice::openvino
