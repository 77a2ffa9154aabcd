// How a file is recognized without reading it again.
#pragma once

#include <cstdint>

namespace sluice::nn {

// A file that is written to gets another `modified_ns` and `changed_ns`; the second one cannot be set by
// programs, so that a file put back in another's place is told too.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

}  // namespace sluice::nn
