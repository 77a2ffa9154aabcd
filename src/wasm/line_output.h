// What many guests write to one stream, in whole lines: none is cut by another's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wasm/c_api.h"

namespace sluice::wasm {

// Belongs to one guest. What has no end of a line yet waits, up to 64 KiB, and is written at its end.
class LineOutput {
 public:
  explicit LineOutput(int fd) : fd_(fd) {}
  LineOutput(const LineOutput&) = delete;
  LineOutput& operator=(const LineOutput&) = delete;
  ~LineOutput();

  void add(std::string_view bytes);

  // As the engine calls it: `data` is the LineOutput.
  static std::ptrdiff_t write(void* data, const unsigned char* bytes, std::size_t count);
  static void finish(void* data);

 private:
  int fd_;
  std::string waiting_;
};

}  // namespace sluice::wasm
