// The folders of the machine that a program may use, for what the host opens in its name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace sluice::wasi_nn {

// A folder, and what the program calls it.
struct Folder {
  std::string guest;
  std::string host;
  bool is_writable = false;
};

// Opens a file by the name that the program has for it, to read. Neither `..` nor links lead out of the
// folder. refused: it lies in none of them. not_found, unavailable.
[[nodiscard]] Result<UniqueFd> open_in(const std::vector<Folder>& folders, std::string_view path);

// Whether the program may write to a file or folder of the machine: links are followed. What can't be looked
// at counts as written.
[[nodiscard]] bool may_write(const std::vector<Folder>& folders, const std::string& path);

// All that is in an opened file; `path` is for errors. limit: it has more than `most` bytes.
inline constexpr std::uint64_t network_bytes_max = std::uint64_t{4} << 30U;
[[nodiscard]] Result<std::string> read_whole(const UniqueFd& file, std::string_view path,
                                             std::uint64_t most = network_bytes_max);

}  // namespace sluice::wasi_nn
