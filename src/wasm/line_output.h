// What many guests write to one stream, in whole lines: none is cut by another's.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::wasm {

// Belongs to one guest and its thread. What has no end of a line yet waits, up to 64 KiB, and is written at
// its end.
class LineOutput {
 public:
  explicit LineOutput(int fd) : fd_(fd) {}
  LineOutput(const LineOutput&) = delete;
  LineOutput& operator=(const LineOutput&) = delete;
  ~LineOutput();

  void add(std::string_view bytes);
  void flush();

  // As the engine calls it. `data` is what `share` gave, and belongs to `finish`.
  static void* share(const std::shared_ptr<LineOutput>& output);
  static std::ptrdiff_t write(void* data, const unsigned char* bytes, std::size_t count);
  static void finish(void* data);

 private:
  int fd_;
  std::string waiting_;
};

}  // namespace sluice::wasm
