// Whole files in and out, with errors that say what was tried and why it failed.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace sluice {

// The bytes of a file, a pipe or a device, up to its end. not_found, limit (more than `bytes_max`),
// invalid_input (a folder) or unavailable (all else, e.g. no permission). Blocks.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max);

// Whoever reads the path sees the old content or the new one, after a crash too: a new file beside it is
// written, synced and renamed over it. The file gets `mode` less the umask; a link at `path` is replaced, not
// followed.
[[nodiscard]] Status write_file_atomically(const std::filesystem::path& path, std::string_view content,
                                           mode_t mode = 0644);

}  // namespace sluice
