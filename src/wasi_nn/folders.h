// The folders of the machine that a program may use, for what the host opens in its name.
#pragma once

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
};

// Opens a file by the name that the program has for it, to read. Neither `..` nor links lead out of the
// folder. refused: it lies in none of them. not_found, unavailable.
[[nodiscard]] Result<UniqueFd> open_in(const std::vector<Folder>& folders, std::string_view path);

// All that is in an opened file; `path` is for errors. limit: more than 4 GiB.
[[nodiscard]] Result<std::string> read_whole(const UniqueFd& file, std::string_view path);

}  // namespace sluice::wasi_nn
